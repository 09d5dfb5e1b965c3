import { assertEquals, assertThrows } from "@std/assert";
import { argumentsOf, UsageError } from "../../../examples/nbd/arguments.ts";

const DEFAULTS = {
  listen: { kind: "port", port: 10809 },
  storage: { kind: "memory", size: 1024 },
  readOnly: false,
  connections: 16,
  threads: undefined,
  name: "",
} as const;

Deno.test("arguments say what is exported, and where", () => {
  assertEquals(argumentsOf(["--memory", "1K"]), DEFAULTS);
  const sizes = { "1": 1, "3m": 3 * 2 ** 20, "2G": 2 ** 31, "4096": 4096 };
  for (const [text, size] of Object.entries(sizes)) {
    const storage = { kind: "memory", size } as const;
    assertEquals(argumentsOf(["--memory", text]), { ...DEFAULTS, storage });
  }
  const all = "--file a b.img --socket s --read-only --connections 3 --threads 2 --name x".split(
    " ",
  );
  all.splice(1, 2, "a b.img");
  assertEquals(argumentsOf(all), {
    listen: { kind: "socket", path: "s" },
    storage: { kind: "file", path: "a b.img" },
    readOnly: true,
    connections: 3,
    threads: 2,
    name: "x",
  });
  assertEquals(argumentsOf(["--help"]), "help");
});

Deno.test("arguments that make no sense are refused, with a sentence", () => {
  const wrong = {
    "": "Cannot export: expected --memory or --file, got neither",
    "--memory 1 --file x": "Cannot export: expected --memory or --file, got both",
    "--memory 1 --port 1 --socket x": "Cannot listen: expected --port or --socket, got both",
    "--memory 1 --port 65536": 'expected a number from 0 to 65535, got "65536"',
    "--memory 1 --port x": 'Cannot take --port: expected a number from 0 to 65535, got "x"',
    "--memory 1 --port 1e3": 'got "1e3"',
    "--memory 1 --connections 0": 'expected a number from 1 to 10000, got "0"',
    "--file x --threads 0": 'expected a number from 1 to 10000, got "0"',
    "--memory 0": 'expected a size such as 64M, got "0"',
    "--memory 1.5G": 'got "1.5G"',
    "--memory 9999999999G": 'got "9999999999G"',
    "--file=": 'Cannot take --file: expected a path, got ""',
    [`--memory 1 --name ${"x".repeat(4097)}`]: "expected 4096 bytes at most, got 4097",
    "--memory": "",
    "--disk x": "",
    "--memory 1 more": "",
  };
  for (const [args, message] of Object.entries(wrong)) {
    const words = args.split(" ").filter((word) => word !== "");
    assertThrows(() => argumentsOf(words), UsageError, message);
  }
});
