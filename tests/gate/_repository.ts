/**
 * What git knows of a project: what was green, and what has changed since.
 *
 * @module
 */

/** Where it is noted on which files a gate has passed last: a tree, as not all of them need be committed. */
const GREEN = "refs/gate/green";

/** A clone, and what is in its working tree. */
export class Repository {
  readonly #root: string | URL;

  constructor(root: string | URL) {
    this.#root = root;
  }

  /** What git answers; undefined if it refuses. */
  async #git(
    args: readonly string[],
    env: Record<string, string> = {},
  ): Promise<string | undefined> {
    const command = new Deno.Command("git", {
      args: [...args],
      cwd: this.#root,
      clearEnv: true,
      env: { ...ownEnvironment(), ...env },
      stderr: "null",
    });
    const { success, stdout } = await command.output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  }

  /** All files as they are now, those included that are not committed: a tree. Undefined if git cannot tell. */
  async treeNow(): Promise<string | undefined> {
    const directory = await Deno.makeTempDir();
    try {
      // An index of its own: what is staged stays as it is.
      const env = { GIT_INDEX_FILE: `${directory}/index` };
      if (await this.#git(["add", "--all"], env) === undefined) return undefined;
      return await this.#git(["write-tree"], env);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  }

  /** These files are green. */
  async markGreen(tree: string): Promise<void> {
    await this.#git(["update-ref", GREEN, tree]);
  }

  /**
   * The files of which it is known that they are green, and that have the least to do with `tree`'s changes: those on
   * which a gate has passed here last, or what origin has, if that is below the present commit. Undefined if
   * none are known.
   */
  async lastGreen(tree: string): Promise<Change | undefined> {
    let least: Change | undefined;
    for (const ref of [GREEN, "origin/HEAD", "origin/main", "origin/master"]) {
      const base = await this.#git(["rev-parse", "--verify", "--quiet", `${ref}^{tree}`]);
      if (base === undefined) continue;
      const isBelow = ref === GREEN ||
        await this.#git(["merge-base", "--is-ancestor", ref, "HEAD"]) !== undefined;
      const files = isBelow ? await this.#changed(base, tree) : undefined;
      if (files === undefined) continue;
      if (least === undefined || files.size < least.files.size) least = { base, name: ref, files };
    }
    return least;
  }

  /** The files that are not the same in two trees; undefined if git cannot tell. */
  async #changed(base: string, tree: string): Promise<ReadonlySet<string> | undefined> {
    const args = ["diff-tree", "-r", "-z", "--name-only", "--no-renames", base, tree];
    const changed = await this.#git(args);
    return changed === undefined
      ? undefined
      : new Set(changed.split("\0").filter((file) => file !== ""));
  }

  /** Puts a folder as it was into another one. */
  async extract(base: string, folder: string, into: string): Promise<boolean> {
    const archive = `${into}/base.tar`;
    const made = await this.#git(["archive", "--format=tar", "-o", archive, base, folder]);
    if (made === undefined) return false;
    const { success } = await new Deno.Command("tar", { args: ["-xf", archive, "-C", into] })
      .output();
    return success;
  }
}

/** What has changed: since which tree, what that is known by, and which files. */
export interface Change {
  readonly base: string;
  readonly name: string;
  readonly files: ReadonlySet<string>;
}

/** But for what git tells its hooks: they would have it work elsewhere. */
export function ownEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("GIT_")),
  );
}
