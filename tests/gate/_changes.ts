/**
 * What git knows: which commit is green, and what has changed since.
 *
 * @module
 */

/** Where the newest commit is noted on which a gate has passed here. */
const GREEN = "refs/gate/green";

async function git(...args: string[]): Promise<string | undefined> {
  const cwd = new URL("../../", import.meta.url);
  const { success, stdout } = await new Deno.Command("git", { args, cwd, stderr: "null" }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}

/**
 * The newest commit below this one that is known to be green: on which a gate has passed here, or which
 * origin has. Undefined if none is known.
 */
export async function lastGreen(): Promise<string | undefined> {
  const bases: string[] = [];
  for (const ref of [GREEN, "origin/HEAD", "origin/main", "origin/master"]) {
    const base = await git("merge-base", "HEAD", ref);
    if (base !== undefined) bases.push(base);
  }
  let newest = bases[0];
  for (const base of bases.slice(1)) {
    if (newest !== undefined && await git("merge-base", "--is-ancestor", newest, base) === "") {
      newest = base;
    }
  }
  return newest;
}

/** This commit is green. */
export async function markGreen(): Promise<void> {
  await git("update-ref", GREEN, "HEAD");
}

/** Whether all is committed. */
export async function isClean(): Promise<boolean> {
  return await git("status", "--porcelain") === "";
}

/** The files that are not as they were in a commit, those included that git does not know yet. */
export async function changedSince(base: string): Promise<ReadonlySet<string>> {
  const changed = await git("diff", "--name-only", "--no-renames", base) ?? "";
  const fresh = await git("ls-files", "--others", "--exclude-standard") ?? "";
  return new Set([...changed.split("\n"), ...fresh.split("\n")].filter((file) => file !== ""));
}

/** Puts a folder as it was in a commit into another one. */
export async function extract(base: string, folder: string, into: string): Promise<boolean> {
  const archive = `${into}/base.tar`;
  if (await git("archive", "--format=tar", "-o", archive, base, folder) === undefined) return false;
  const { success } = await new Deno.Command("tar", { args: ["-xf", archive, "-C", into] })
    .output();
  return success;
}
