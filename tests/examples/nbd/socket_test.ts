import { assertEquals, assertThrows } from "@std/assert";
import { listenAt } from "../../../examples/nbd/socket.ts";
import { needing } from "../../_needing.ts";

const test = needing("read", "write", "net");

/** In a directory of its own; what is left in it? */
async function within(fn: (directory: string) => Promise<void>): Promise<string[]> {
  const directory = await Deno.makeTempDir();
  try {
    await fn(directory);
    return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name).toSorted();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function canConnect(path: string): Promise<boolean> {
  try {
    (await Deno.connect({ transport: "unix", path })).close();
    return true;
  } catch {
    return false;
  }
}

test("a socket has the mode that was asked for, from its beginning, and nothing else is left", async () => {
  const mask = Deno.umask();
  const left = await within(async (directory) => {
    for (const mode of [0o600, 0o660, 0o666, 0o777]) {
      const path = `${directory}/socket`;
      const { listener, remove } = listenAt(path, mode);
      assertEquals((Deno.lstatSync(path).mode ?? 0) & 0o7777, mode);
      assertEquals(await canConnect(path), true);
      remove();
      listener.close();
      assertEquals(await canConnect(path), false);
    }
  });
  assertEquals([left, Deno.umask()], [[], mask]);
});

/** What may be there instead when the server ends. */
const OTHERS: Record<string, (path: string) => { listener?: Deno.Listener }> = {
  "another server's socket": (path) => ({ listener: listenAt(path, 0o600).listener }),
  "a file": (path) => {
    Deno.writeTextFileSync(path, "mine");
    return {};
  },
  "a link": (path) => {
    Deno.symlinkSync("/nowhere", path);
    return {};
  },
  "nothing": () => ({}),
};

for (const [what, make] of Object.entries(OTHERS)) {
  test(`${what} in the place of the socket stays`, async () => {
    const left = await within((directory) => {
      const path = `${directory}/socket`;
      const { listener, remove } = listenAt(path, 0o600);
      Deno.removeSync(path);
      const other = make(path);
      remove();
      listener.close();
      if (other.listener !== undefined) {
        assertEquals(Deno.lstatSync(path).isSocket, true);
        other.listener.close();
      }
      return Promise.resolve();
    });
    assertEquals(left, what === "nothing" ? [] : ["socket"]);
  });
}

test("what is there already is refused, and stays", async () => {
  const left = await within(async (directory) => {
    const path = `${directory}/socket`;
    const { listener } = listenAt(path, 0o600);
    assertThrows(
      () => listenAt(path, 0o600),
      Error,
      `Cannot listen at ${path}: there is something`,
    );
    assertEquals(await canConnect(path), true);
    listener.close();
    // Nobody listens there any more: who has died has left it.
    assertThrows(() => listenAt(path, 0o600), Error, "remove it");
    assertThrows(() => listenAt(`${directory}/not/there`, 0o600), Error, "Cannot listen at");
  });
  assertEquals(left, ["socket"]);
});
