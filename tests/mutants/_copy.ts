/**
 * A copy of the project, in which files may be changed.
 *
 * @module
 */

const root = new URL("../../", import.meta.url);

/** Copies files and folders of the project into a new folder, and tells where that is. */
export async function copyOf(names: readonly string[]): Promise<string> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  await copyInto(dir, names);
  return dir;
}

/** Copies files and folders of the project into that folder. */
export async function copyInto(dir: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const to = `${dir}/${name}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true });
    await copy(new URL(name, root), to);
  }
}

async function copy(from: URL, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href.replace(/\/$/, "")}/${name}`), `${to}/${name}`);
  }
}
