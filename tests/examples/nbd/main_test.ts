import { assertEquals, assertStringIncludes } from "@std/assert";
import { bytes, go, hello, request } from "./_client.ts";
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
  const nowhere = await command("--socket", "not/there", "--memory", "1M").output();
  assertEquals(nowhere.code, 1);
  assertStringIncludes(text(nowhere.stderr), "Cannot listen at not/there: ");
  const help = await command("--help").output();
  assertEquals([help.code, text(help.stderr)], [0, ""]);
  assertStringIncludes(text(help.stdout), "Usage: ");
});
