/** The server against clients that others wrote: they are installed where that is possible. */
import { assertEquals, assertStringIncludes } from "@std/assert";

const PACKAGES = ["libnbd-bin", "qemu-utils"];
const TOOLS = ["nbdinfo", "nbdcopy", "qemu-img", "qemu-io"];
const MAIN = new URL("../../../examples/nbd/main.ts", import.meta.url).pathname;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;
const MIB = 1 << 20;

/** Runs a program; what it printed, or what went wrong. */
async function run(command: string, ...args: string[]): Promise<{ ok: boolean; text: string }> {
  try {
    const { success, stdout, stderr } = await new Deno.Command(command, {
      args,
      env: { DEBIAN_FRONTEND: "noninteractive" },
    }).output();
    const text = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes)).join("");
    return { ok: success, text };
  } catch (error) {
    return { ok: false, text: String(error) };
  }
}

async function missing(): Promise<string[]> {
  const all = await Promise.all(TOOLS.map(async (tool) => (await run(tool, "--version")).ok));
  return TOOLS.filter((_, i) => all[i] !== true);
}

/** Why the clients cannot be had here; undefined if they are there. */
async function whyNot(): Promise<string | undefined> {
  for (const name of ["run", "read", "write", "net", "env"] as const) {
    if ((await Deno.permissions.query({ name })).state !== "granted") {
      return `needs --allow-${name}`;
    }
  }
  if ((await missing()).length === 0) return undefined;
  if (!(await run("apt-get", "--version")).ok) return "there is no apt-get to install the clients";
  let got = await run("apt-get", "install", "-y", "-qq", ...PACKAGES);
  if (!got.ok && (await run("apt-get", "update", "-qq")).ok) {
    got = await run("apt-get", "install", "-y", "-qq", ...PACKAGES);
  }
  const still = await missing();
  return still.length === 0 ? undefined : `apt-get could not install ${still.join(", ")}`;
}

const reason = await whyNot();

/** Declares a test that is given a directory and the address of a server. */
function test(
  name: string,
  args: (directory: string) => readonly string[],
  body: (uri: string, directory: string) => Promise<void>,
): void {
  if (reason !== undefined) return Deno.test.ignore(`${name} [ignored: ${reason}]`, () => {});
  Deno.test(name, async () => {
    const directory = await Deno.makeTempDir();
    const socket = `${directory}/socket`;
    const server = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--config", CONFIG, MAIN, "--socket", socket, ...args(directory)],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    try {
      const lines = server.stdout.pipeThrough(new TextDecoderStream()).getReader();
      assertStringIncludes((await lines.read()).value ?? "", "nbd+unix://");
      await body(`nbd+unix:///?socket=${socket}`, directory);
      server.kill("SIGTERM");
      assertEquals((await server.status).code, 0);
      await lines.cancel();
    } finally {
      try {
        server.kill("SIGKILL");
      } catch {
        // It has ended.
      }
      await server.status;
      await Deno.remove(directory, { recursive: true });
    }
  });
}

/** Runs a program that must succeed. */
async function must(command: string, ...args: string[]): Promise<string> {
  const { ok, text } = await run(command, ...args);
  assertEquals(ok, true, `${command} ${args.join(" ")}: ${text}`);
  return text;
}

async function noise(path: string, size: number): Promise<void> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  await Deno.writeFile(path, bytes);
}

async function same(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([Deno.readFile(one), Deno.readFile(other)]);
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

const memory = (): readonly string[] => ["--memory", "16M"];

const file = (directory: string): readonly string[] => {
  Deno.writeFileSync(`${directory}/disk`, new Uint8Array(16 * MIB));
  return ["--file", `${directory}/disk`];
};

for (const [kind, args] of Object.entries({ memory, file })) {
  test(`nbdinfo sees what the server offers (${kind})`, args, async (uri) => {
    const text = await must("nbdinfo", uri);
    for (const words of ["export-size: 16777216", "can_flush: true", "is_read_only: false"]) {
      assertStringIncludes(text, words);
    }
    assertStringIncludes(await must("nbdinfo", "--list", uri), "export=");
  });

  test(`nbdcopy brings in and takes out the same bytes (${kind})`, args, async (uri, directory) => {
    const [there, back] = [`${directory}/there`, `${directory}/back`];
    await noise(there, 16 * MIB);
    await must("nbdcopy", there, uri);
    await must("nbdcopy", uri, back);
    assertEquals(await same(there, back), true);
  });

  test(
    `four copy out at once, while a fifth one writes (${kind})`,
    args,
    async (uri, directory) => {
      const there = `${directory}/there`;
      await noise(there, 16 * MIB);
      await must("nbdcopy", there, uri);
      const backs = [1, 2, 3, 4].map((n) => `${directory}/${n}`);
      await Promise.all([
        ...backs.map((back) => must("nbdcopy", uri, back)),
        must("nbdcopy", there, uri),
      ]);
      for (const back of backs) assertEquals(await same(there, back), true);
    },
  );

  test(
    `qemu-io writes patterns and finds them, zeroes and discards (${kind})`,
    args,
    async (uri) => {
      const commands = [
        "write -P 0xaa 0 64k",
        "write -P 0xbb 64k 4k",
        "read -P 0xaa 0 64k",
        "read -P 0xbb 64k 4k",
        "write -z 4k 4k",
        "read -P 0 4k 4k",
        "read -P 0xaa 8k 56k",
        "flush",
        "discard 0 64k",
        ...(kind === "memory" ? ["read -P 0 0 64k"] : []),
        "write -f -P 0xcc 15M 1M",
        "read -P 0xcc 15M 1M",
        "aio_write -P 1 1M 512k",
        "aio_write -P 2 2M 512k",
        "aio_flush",
        "read -P 1 1M 512k",
        "read -P 2 2M 512k",
      ];
      const text = await must("qemu-io", "-f", "raw", ...commands.flatMap((c) => ["-c", c]), uri);
      assertEquals(/failed|error/i.test(text), false, text);
    },
  );

  test(
    `qemu-img converts a disk in and out, and compares it (${kind})`,
    args,
    async (uri, directory) => {
      const [raw, qcow2] = [`${directory}/raw`, `${directory}/qcow2`];
      await noise(raw, 16 * MIB);
      await must("qemu-img", "convert", "-n", "-f", "raw", "-O", "raw", raw, uri);
      await must("qemu-img", "compare", "-f", "raw", "-F", "raw", raw, uri);
      await must("qemu-img", "convert", "-f", "raw", "-O", "qcow2", uri, qcow2);
      await must("qemu-img", "compare", "-f", "raw", "-F", "qcow2", uri, qcow2);
    },
  );
}

test("what clients write is in the file", file, async (uri, directory) => {
  const there = `${directory}/there`;
  await noise(there, 16 * MIB);
  await must("nbdcopy", "--flush", there, uri);
  assertEquals(await same(there, `${directory}/disk`), true);
  await must("qemu-img", "compare", "-f", "raw", "-F", "raw", there, uri);
});

const readOnly = (directory: string): readonly string[] => [...file(directory), "--read-only"];

test("what is read only cannot be written", readOnly, async (uri) => {
  assertStringIncludes(await must("nbdinfo", uri), "is_read_only: true");
  const { ok } = await run("qemu-io", "-f", "raw", "-c", "write 0 4k", uri);
  assertEquals(ok, false);
  await must("qemu-io", "-r", "-f", "raw", "-c", "read -P 0 0 4k", uri);
});
