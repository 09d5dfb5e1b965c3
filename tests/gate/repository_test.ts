import { assertEquals } from "@std/assert";
import { needing } from "../_needing.ts";
import { ownEnvironment, Repository } from "./_repository.ts";

const test = needing("run", "read", "write", "env");

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
    const command = new Deno.Command("git", {
      args: all,
      cwd: root,
      clearEnv: true,
      env: ownEnvironment(),
    });
    const { success, stdout, stderr } = await command.output();
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

/** The files that have changed since something was green; undefined if nothing is known to be. */
async function changed(repository: Repository): Promise<string[] | undefined> {
  const tree = await repository.treeNow();
  if (tree === undefined) return undefined;
  const files = (await repository.lastGreen(tree))?.files;
  return files === undefined ? undefined : [...files].sort();
}

test("nothing is green before a gate has passed; then it is what that has seen, committed or not", () =>
  withRepository(async (repository, git, root) => {
    assertEquals(await changed(repository), undefined);
    await Deno.writeTextFile(`${root}/a`, "2");
    await Deno.writeTextFile(`${root}/b \u00fc`, "1");
    const seen = await repository.treeNow();
    await repository.markGreen(seen ?? "");
    assertEquals(await changed(repository), []);
    await git("add", ".");
    await git("commit", "-q", "-m", "two");
    assertEquals(await changed(repository), []);
    // What comes while the gate runs is not what it has seen.
    await Deno.writeTextFile(`${root}/a`, "3");
    await Deno.writeTextFile(`${root}/c`, "1");
    await Deno.remove(`${root}/b \u00fc`);
    assertEquals(await changed(repository), ["a", "b \u00fc", "c"]);
  }));

test("what origin has is green, if it is below; what is above or beside it is not", () =>
  withRepository(async (repository, git, root) => {
    await git("update-ref", "refs/remotes/origin/main", "HEAD");
    assertEquals(await changed(repository), []);
    await Deno.writeTextFile(`${root}/a`, "broken");
    await git("commit", "-q", "-a", "-m", "two");
    assertEquals(await changed(repository), ["a"]);
    const two = await git("rev-parse", "HEAD");
    await Deno.writeTextFile(`${root}/a`, "mended");
    await git("commit", "-q", "-a", "-m", "three");
    await git("update-ref", "refs/remotes/origin/main", "HEAD");
    assertEquals(await changed(repository), []);
    await git("checkout", "-q", two);
    assertEquals(await changed(repository), undefined);
  }));

test("what is staged stays as it is, and what is staged alone has changed", () =>
  withRepository(async (repository, git, root) => {
    await git("update-ref", "refs/remotes/origin/main", "HEAD");
    await Deno.writeTextFile(`${root}/a`, "2");
    await git("add", ".");
    await Deno.writeTextFile(`${root}/c`, "1");
    assertEquals(await changed(repository), ["a", "c"]);
    assertEquals(await git("status", "--porcelain"), "M  a\n?? c");
  }));

test("where git has told a hook to work elsewhere, it works here all the same", () =>
  withRepository((repository) =>
    withRepository(async (other, git) => {
      Deno.env.set("GIT_DIR", `${await git("rev-parse", "--absolute-git-dir")}`);
      try {
        const tree = await repository.treeNow();
        await repository.markGreen(tree ?? "");
      } finally {
        Deno.env.delete("GIT_DIR");
      }
      assertEquals(await changed(other), undefined);
      assertEquals(await changed(repository), []);
    })
  ));
