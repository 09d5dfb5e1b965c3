import { assertEquals, assertThrows } from "@std/assert";
import { argumentsOf, UsageError } from "../../../examples/nbd/arguments.ts";

const DEFAULTS = {
  listen: { kind: "port", port: 10809 },
  storage: { kind: "memory", size: 1024 },
  readOnly: false,
  connections: 16,
  limits: { idleTime: 3600e9, sendTime: 60e9 },
  name: "",
} as const;

Deno.test("arguments say what is exported, and where", () => {
  assertEquals(argumentsOf(["--memory", "1K"]), DEFAULTS);
  const sizes = { "1": 1, "3m": 3 * 2 ** 20, "2G": 2 ** 31, "4096": 4096 };
  for (const [text, size] of Object.entries(sizes)) {
    const storage = { kind: "memory", size } as const;
    assertEquals(argumentsOf(["--memory", text]), { ...DEFAULTS, storage });
  }
  const all = ("--file a b.img --socket s --mode 660 --read-only --connections 3 --name x " +
    "--idle-timeout 1.5 --send-timeout 0").split(" ");
  all.splice(1, 2, "a b.img");
  assertEquals(argumentsOf(all), {
    listen: { kind: "socket", path: "s", mode: 0o660 },
    storage: { kind: "file", path: "a b.img" },
    readOnly: true,
    connections: 3,
    limits: { idleTime: 1.5e9, sendTime: Infinity },
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
    "--memory 1 --mode 600": "Cannot take --mode: it is for a socket",
    "--memory 1 --socket s --mode 9": 'expected one such as 0660, got "9"',
    "--memory 1 --socket s --mode 07777": 'expected one such as 0660, got "07777"',
    "--memory 1 --idle-timeout -1": "",
    "--memory 1 --idle-timeout 1s": 'expected a number of seconds from 0 to 1000000, got "1s"',
    "--memory 1 --send-timeout 1e9": "Cannot take --send-timeout",
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
