/**
 * Two ends of a connection, for what is measured over one.
 *
 * @module
 */

/** Both ends of a Unix socket. */
export async function socketPair(): Promise<{ here: Deno.Conn; there: Deno.Conn }> {
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/socket`;
    const listener = Deno.listen({ transport: "unix", path });
    const [here, there] = await Promise.all([
      Deno.connect({ transport: "unix", path }),
      listener.accept(),
    ]);
    listener.close();
    return { here, there };
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}
