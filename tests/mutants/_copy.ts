/**
 * A copy of the project, in which files may be changed.
 *
 * @module
 */

const root = new URL("../../", import.meta.url);

/** Copies files and folders of the project into a new folder, and tells where that is. */
export async function copyOf(names: readonly string[]): Promise<string> {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  for (const name of names) await copy(new URL(name, root), `${dir}/${name}`);
  return dir;
}

async function copy(from: URL, to: string): Promise<void> {
  const { isDirectory } = await Deno.stat(from);
  if (!isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) {
    await copy(new URL(`${from.href.replace(/\/$/, "")}/${name}`), `${to}/${name}`);
  }
}
