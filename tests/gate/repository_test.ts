import { assertEquals } from "@std/assert";
import { needing } from "../_needing.ts";
import { Repository } from "./_repository.ts";

const test = needing("run", "read", "write");

/** A new repository, whose first commit has the file `a`. */
async function withRepository(
  use: (
    repository: Repository,
    git: (...args: string[]) => Promise<string>,
    root: string,
  ) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const git = async (...args: string[]): Promise<string> => {
    const all = ["-c", "user.name=x", "-c", "user.email=x@example.org", ...args];
    const { success, stdout, stderr } = await new Deno.Command("git", { args: all, cwd: root })
      .output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    await git("init", "-q", "-b", "main");
    await Deno.writeTextFile(`${root}/a`, "1");
    await git("add", ".");
    await git("commit", "-q", "-m", "one");
    await use(new Repository(root), git, root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

test("no commit is green before a gate has passed, and then that one is", () =>
  withRepository(async (repository, git, root) => {
    assertEquals(await repository.lastGreen(), undefined);
    await repository.markGreen();
    const first = await git("rev-parse", "HEAD");
    assertEquals(await repository.lastGreen(), first);
    await Deno.writeTextFile(`${root}/a`, "2");
    await git("commit", "-q", "-a", "-m", "two");
    assertEquals(await repository.lastGreen(), first);
    // What origin has is green, too.
    await git("update-ref", "refs/remotes/origin/main", "HEAD");
    assertEquals(await repository.lastGreen(), await git("rev-parse", "HEAD"));
    await git("update-ref", "refs/remotes/origin/main", first);
    assertEquals(await repository.lastGreen(), first);
  }));

test("what has changed since a commit is what was committed, what was not, and what is new", () =>
  withRepository(async (repository, git, root) => {
    const base = await git("rev-parse", "HEAD");
    assertEquals(await repository.changedSince(base), new Set());
    assertEquals(await repository.isClean(), true);
    await Deno.writeTextFile(`${root}/b`, "1");
    await git("add", ".");
    await git("commit", "-q", "-m", "two");
    await Deno.writeTextFile(`${root}/a`, "2");
    await Deno.writeTextFile(`${root}/c`, "1");
    assertEquals(await repository.changedSince(base), new Set(["a", "b", "c"]));
    assertEquals(await repository.isClean(), false);
    await Deno.remove(`${root}/a`);
    assertEquals((await repository.changedSince(base)).has("a"), true);
  }));
