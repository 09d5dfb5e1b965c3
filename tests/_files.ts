/**
 * The files of a project.
 *
 * @module
 */

/** Those in a folder and in all that are in it, by their paths from the root, in the order of these. */
export async function filesIn(root: URL, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(new URL(folder, root))) {
    const path = `${folder.replace(/\/$/, "")}/${name}`;
    if (isDirectory) found.push(...await filesIn(root, path));
    else found.push(path);
  }
  return found.sort();
}
