/**
 * What git knows of a project: which commit is green, and what has changed since.
 *
 * @module
 */

/** Where the newest commit is noted on which a gate has passed here. */
const GREEN = "refs/gate/green";

/** A clone, and what is in its working tree. */
export class Repository {
  readonly #root: string | URL;

  constructor(root: string | URL) {
    this.#root = root;
  }

  /** What git answers; undefined if it refuses. */
  async #git(...args: string[]): Promise<string | undefined> {
    const command = new Deno.Command("git", { args, cwd: this.#root, stderr: "null" });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  }

  /**
   * The newest commit below the present one that is known to be green: on which a gate has passed here, or which
   * origin has. Undefined if none is known.
   */
  async lastGreen(): Promise<string | undefined> {
    let newest: string | undefined;
    for (const ref of [GREEN, "origin/HEAD", "origin/main", "origin/master"]) {
      const base = await this.#git("merge-base", "HEAD", ref);
      if (base === undefined) continue;
      const isNewer = newest === undefined ||
        await this.#git("merge-base", "--is-ancestor", newest, base) !== undefined;
      if (isNewer) newest = base;
    }
    return newest;
  }

  /** The present commit is green. */
  async markGreen(): Promise<void> {
    await this.#git("update-ref", GREEN, "HEAD");
  }

  /** Whether all is committed. */
  async isClean(): Promise<boolean> {
    return await this.#git("status", "--porcelain") === "";
  }

  /** The files that are not as they were in a commit, those included that git does not know yet. */
  async changedSince(base: string): Promise<ReadonlySet<string>> {
    const changed = await this.#git("diff", "--name-only", "--no-renames", base) ?? "";
    const fresh = await this.#git("ls-files", "--others", "--exclude-standard") ?? "";
    return new Set([...changed.split("\n"), ...fresh.split("\n")].filter((file) => file !== ""));
  }

  /** Puts a folder as it was in a commit into another one. */
  async extract(base: string, folder: string, into: string): Promise<boolean> {
    const archive = `${into}/base.tar`;
    const made = await this.#git("archive", "--format=tar", "-o", archive, base, folder);
    if (made === undefined) return false;
    const { success } = await new Deno.Command("tar", { args: ["-xf", archive, "-C", into] })
      .output();
    return success;
  }
}
