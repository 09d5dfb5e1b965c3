/**
 * The Unix socket that the server listens at.
 *
 * @module
 */

/** A listener, and how to take its socket away. */
export interface Socket {
  readonly listener: Deno.Listener;
  /**
   * Removes the socket, unless it is another one that is there by now. To be called before the listener is
   * closed, as the system may give its number to another one then.
   */
  remove(): void;
}

/**
 * Makes a socket where nothing is, and listens.
 *
 * It is made under another name first: the host removes what it finds under that name when it closes the
 * listener, and that must not be what somebody else has put in its place.
 *
 * @param path Where.
 * @param mode Who may connect, as `chmod` knows it. It is so from the beginning.
 * @throws If there is something already, or no room for the name.
 */
export function listenAt(path: string, mode: number): Socket {
  let listener: Deno.Listener | undefined;
  const draft = path.replace(/[^/]*$/, () => `.${crypto.randomUUID().slice(0, 7)}`);
  const mask = Deno.umask(0o777 & ~mode);
  try {
    listener = Deno.listen({ transport: "unix", path: draft });
    Deno.linkSync(draft, path);
  } catch (error) {
    listener?.close();
    const why = error instanceof Deno.errors.AlreadyExists
      ? "there is something already (if it is a socket at which no server listens any more, remove it)"
      : error instanceof Error
      ? error.message
      : error;
    throw new Error(`Cannot listen at ${path}: ${why}`);
  } finally {
    Deno.umask(mask);
    removeIf(draft, () => true);
  }
  const made = Deno.lstatSync(path);
  return {
    listener,
    remove: () => removeIf(path, ({ dev, ino }) => dev === made.dev && ino === made.ino),
  };
}

function removeIf(path: string, condition: (info: Deno.FileInfo) => boolean): void {
  try {
    if (condition(Deno.lstatSync(path))) Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
