import { assertEquals, assertStringIncludes } from "@std/assert";
import { bytes, go, HANDSHAKE, hello, request } from "./_client.ts";
import { needing } from "../../_needing.ts";

const ROOT = new URL("../../../", import.meta.url);
const MAIN = "examples/nbd/main.ts";
const test = needing("run", "read", "write");

function command(...args: string[]): Deno.Command {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", "--allow-all", MAIN, ...args],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    env: { NO_COLOR: "1" },
  });
}

const text = (data: Uint8Array) => new TextDecoder().decode(data);

/** The first line of a stream. */
async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let line = "";
  const reader = stream.getReader();
  while (!line.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    line += text(value);
  }
  reader.releaseLock();
  return line;
}

test("the task takes paths as they are meant where it was called", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeFile(`${directory}/disk`, bytes("0123456789"));
    const process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", MAIN, "--socket", "mine", "--file", "disk"],
      cwd: ROOT,
      stdin: "null",
      stdout: "piped",
      env: { INIT_CWD: directory },
    }).spawn();
    await firstLine(process.stdout);
    const connection = await Deno.connect({ transport: "unix", path: `${directory}/mine` });
    connection.close();
    process.kill("SIGTERM");
    assertEquals((await process.status).code, 0);
    await process.stdout.cancel();
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("the command serves a file on a Unix socket until a signal comes", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [socket, file] = [`${directory}/a socket`, `${directory}/disk`];
    await Deno.writeFile(file, bytes("0123456789"));
    const process = command("--socket", socket, "--file", file, "--name", "é").spawn();
    const line = await firstLine(process.stdout);
    const escaped = socket.replace(" ", "%20");
    assertEquals(line, `nbd+unix:///%C3%A9?socket=${escaped}\n`);

    const connection = await Deno.connect({ transport: "unix", path: socket });
    await connection.write(bytes(hello(), go("é"), request(0, 2, 4)));
    let got = "";
    const into = new Uint8Array(1000);
    while (!got.endsWith("2345")) {
      const n = await connection.read(into);
      if (n === null) break;
      got += text(into.subarray(0, n));
    }
    assertStringIncludes(got, "2345");

    process.kill("SIGTERM");
    assertEquals(await connection.read(into), null);
    connection.close();
    const { code, stderr } = await process.output();
    assertEquals([code, text(stderr)], [0, ""]);
    const left = (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) => name);
    assertEquals(left, ["disk"]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("the command picks a port and says which", async () => {
  const process = command("--port", "0", "--memory", "1G").spawn();
  const line = await firstLine(process.stdout);
  assertEquals(/^nbd:\/\/127\.0\.0\.1:\d+\/\n$/.test(line), true, line);
  process.kill("SIGINT");
  assertEquals((await process.output()).code, 0);
});

test("a socket is its owner's alone, unless others are let in, and another server's is left", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const socket = `${directory}/socket`;
    for (const [args, mode] of [[[], 0o600], [["--mode", "0666"], 0o666]] as const) {
      const process = command("--socket", socket, "--memory", "1M", ...args).spawn();
      await firstLine(process.stdout);
      assertEquals((Deno.lstatSync(socket).mode ?? 0) & 0o777, mode);
      await Deno.remove(socket);
      const other = Deno.listen({ transport: "unix", path: socket });
      process.kill("SIGTERM");
      assertEquals((await process.output()).code, 0);
      assertEquals(Deno.lstatSync(socket).isSocket, true);
      other.close();
      await Deno.remove(socket).catch(() => {});
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

test("signals come through whatever a client has asked for; the second one ends it at once", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const [socket, file] = [`${directory}/socket`, `${directory}/disk`];
    await Deno.writeFile(file, bytes());
    await Deno.truncate(file, 2 ** 24);
    for (const storage of [["--memory", "1G"], ["--file", file]]) {
      for (const signal of ["SIGTERM", "SIGINT"] as const) {
        const process = command("--socket", socket, ...storage).spawn();
        await firstLine(process.stdout);
        const connection = await Deno.connect({ transport: "unix", path: socket });
        // It is more than there is for the one with the file: that refuses it.
        const zeroes = request(6, 0, 2 ** 30, { flags: 2 });
        await connection.write(bytes(hello(), go()));
        // Which are never read: without a second signal their replies would be waited for, for a while.
        const reads = Array(16).fill(request(0, 0, 2 ** 24));
        await connection.write(bytes(...Array(1000).fill(zeroes), ...reads));
        // It is served: more than what comes before the first reply has come.
        const into = new Uint8Array(1 + HANDSHAKE);
        for (let n = 0; n < into.length;) {
          n += (await connection.read(into.subarray(n))) ?? into.length;
        }
        process.kill(signal);
        while (await exists(socket)) await new Promise((resolve) => setTimeout(resolve, 5));
        process.kill(signal);
        assertEquals((await process.output()).code, signal === "SIGINT" ? 130 : 143);
        connection.close();
      }
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch {
    return false;
  }
}

test("wrong arguments end it with 2 and the usage, what is not there with 1", async () => {
  const wrong = await command("--memory", "x").output();
  assertEquals([wrong.code, text(wrong.stdout)], [2, ""]);
  assertStringIncludes(text(wrong.stderr), 'expected a size such as 64M, got "x"\nUsage: ');
  const absent = await command("--port", "0", "--file", "not/there").output();
  assertEquals([absent.code, text(absent.stdout)], [1, ""]);
  assertStringIncludes(text(absent.stderr), "not/there");
  const directory = await command("--port", "0", "--read-only", "--file", ".").output();
  assertEquals(directory.code, 1);
  assertStringIncludes(text(directory.stderr), "Cannot serve .: expected a file or a block device");
  const device = await command("--port", "0", "--file", "/dev/null").output();
  assertEquals(device.code, 1);
  assertStringIncludes(text(device.stderr), "Cannot serve /dev/null: expected a file or a block");
  const nowhere = await command("--socket", "not/there", "--memory", "1M").output();
  assertEquals(nowhere.code, 1);
  assertStringIncludes(text(nowhere.stderr), "Cannot listen at not/there: ");
  const help = await command("--help").output();
  assertEquals([help.code, text(help.stderr)], [0, ""]);
  for (
    const words of ["Usage: ", "--idle-timeout S", "3600", "--send-timeout S", "0600", "(16 by"]
  ) {
    assertStringIncludes(text(help.stdout), words);
  }
});
