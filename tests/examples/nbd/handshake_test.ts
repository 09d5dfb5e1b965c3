import { assertEquals, assertStringIncludes } from "@std/assert";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import {
  bytes,
  connect,
  context,
  DISC,
  exporting,
  filled,
  go,
  hello,
  option,
  request,
  string,
  STRUCTURED,
  talk,
} from "./_client.ts";

const ERROR = 2 ** 31;
const SIZE = 4n * 2n ** 20n;
/** HAS_FLAGS, FLUSH, FUA, TRIM, WRITE_ZEROES, MULTI_CONN, FAST_ZERO. */
const FLAGS = 1 | 4 | 8 | 32 | 64 | 256 | 2048;

const EXPORT = (flags = FLAGS) => bytes({ u16: 0 }, { u64: SIZE }, { u16: flags });

/** The replies to options. */
async function answers(...said: Uint8Array[]) {
  const { sent, failure } = await talk(exporting(), [hello(), ...said]);
  assertEquals(failure, undefined);
  return sent.greeting().options().map(({ option, type, data }) => [option, type, data]);
}

/** What the connection has failed with. */
async function failureOf(...said: Uint8Array[]): Promise<string> {
  const { failure } = await talk(exporting(), said);
  return `${failure}`;
}

Deno.test("GO tells the size and the flags, and then requests are served", async () => {
  const { sent, failure } = await talk(exporting(), [hello(), go("disk"), request(3), DISC]);
  assertEquals(failure, undefined);
  assertEquals(sent.greeting().option(), { option: 7, type: 3, data: EXPORT() });
  assertEquals(sent.option(), { option: 7, type: 1, data: bytes() });
  assertEquals(sent.simple(), { error: 0, cookie: 7n, data: bytes() });
  assertEquals(sent.left, 0);
});

Deno.test("a handshake that comes byte by byte is the same", async () => {
  const said = [hello(), STRUCTURED, context(["base:allocation"]), go(), request(3), DISC];
  const [whole, cut] = [await talk(exporting(), said), await talk(exporting(), said, 1)];
  assertEquals(cut.sent.take(cut.sent.left), whole.sent.take(whole.sent.left));
});

Deno.test("INFO tells what was asked for, and the handshake goes on", async () => {
  assertEquals(await answers(go("disk", [3, 1, 2, 99], 6), go("disk", [1])), [
    [6, 3, EXPORT()],
    [6, 3, bytes({ u16: 1 }, "disk")],
    [6, 3, bytes({ u16: 2 }, "memory")],
    [6, 3, bytes({ u16: 3 }, { u32: 1 }, { u32: 4096 }, { u32: 32 * 2 ** 20 })],
    [6, 1, bytes()],
    [7, 3, EXPORT()],
    [7, 3, bytes({ u16: 1 }, "disk")],
    [7, 1, bytes()],
  ]);
});

Deno.test("the flags say what a client may do", async () => {
  const flagsOf = async (readOnly: boolean, ...said: Uint8Array[]) => {
    const exported = exporting(new MemoryStorage(4 * 2 ** 20), { readOnly });
    const { sent } = await talk(exported, [hello(), ...said, go()]);
    return sent.greeting().options().at(-2)?.data;
  };
  assertEquals(await flagsOf(true), EXPORT(1 | 2 | 4 | 8 | 256));
  assertEquals(await flagsOf(false, STRUCTURED), EXPORT(FLAGS | 128));
});

Deno.test("EXPORT_NAME is answered without a reply header, with zeroes for those who want them", async () => {
  const short = bytes({ u64: SIZE }, { u16: FLAGS });
  for (const [flags, expected] of [[3, short], [1, bytes(short, filled(124, 0))]] as const) {
    const said = [hello(flags), option(1, bytes("disk")), request(3), DISC];
    const { sent, failure } = await talk(exporting(), said);
    assertEquals(failure, undefined);
    assertEquals(sent.greeting().take(expected.length), expected);
    assertEquals(sent.simple().error, 0);
    assertEquals(sent.left, 0);
  }
});

Deno.test("a client that knows no fixed newstyle gets EXPORT_NAME and nothing else", async () => {
  const { sent, failure } = await talk(exporting(), [hello(2), option(1), DISC]);
  assertEquals([failure, sent.greeting().left], [undefined, 10]);
  assertStringIncludes(await failureOf(hello(0), option(3)), "Cannot answer option 3");
});

Deno.test("LIST names the export", async () => {
  assertEquals(await answers(option(3)), [[3, 2, string("disk")], [3, 1, bytes()]]);
});

Deno.test("ABORT is acknowledged, and ends the connection", async () => {
  assertEquals(await answers(option(2), go()), [[2, 1, bytes()]]);
});

Deno.test("an option that is not known is refused, and the next one is answered", async () => {
  for (const number of [0, 5, 11, 77, 2 ** 32 - 1]) {
    const [first, second] = await answers(option(number, filled(100, 1)), option(3));
    assertEquals(first?.slice(0, 2), [number, ERROR + 1]);
    assertEquals(second?.slice(0, 2), [3, 2]);
  }
});

Deno.test("data that is too short or too long for its option is refused", async () => {
  const wrong = [
    option(3, bytes("x")),
    option(8, bytes("x")),
    option(7),
    option(7, bytes({ u32: 5 }, "disk")),
    option(7, bytes({ u32: 2 ** 32 - 1 }, "disk")),
    option(7, bytes(string("disk"), { u16: 2 }, { u16: 1 })),
    option(7, bytes(string("disk"), { u16: 0 }, "x")),
    option(6, bytes(string("disk"))),
    option(7, bytes(string("d".repeat(5000)), { u16: 0 })),
    option(10, bytes(string(""), { u32: 2 ** 32 - 1 })),
    option(9, bytes(string(""), { u32: 1 }, string("base:"), "x")),
  ];
  const replies = await answers(STRUCTURED, ...wrong, option(3));
  const types = replies.map(([, type]) => type);
  assertEquals(types, [1, ...wrong.map(() => ERROR + 3), 2, 1]);
});

Deno.test("data of more than 64 KiB is skipped, and refused as too big", async () => {
  const replies = await answers(option(7, filled(65_537, 65)), option(77, filled(65_536, 65)));
  assertEquals(replies.map(([, type]) => type), [ERROR + 9, ERROR + 1]);
});

Deno.test("a name is one by its bytes: nothing is dropped or replaced before", async () => {
  const names: [exported: string, asked: Uint8Array, known: boolean][] = [
    ["disk", bytes("disk"), true],
    ["disk", bytes("\ufeffdisk"), false],
    ["\ufeffdisk", bytes("disk"), false],
    ["\ufeffdisk", bytes("\ufeffdisk"), true],
    ["disk", bytes("disk\ufeff"), false],
    ["\ufeff", bytes("\ufeff"), true],
    ["disk", bytes("\ufeff"), false],
    ["\ufffd", Uint8Array.of(0xff), false],
    ["d\ufffd", Uint8Array.of(100, 0xc3), false],
    ["é", bytes("e\u0301"), false],
    ["disk", bytes("disk\0"), false],
  ];
  for (const [name, asked, known] of names) {
    const exported = exporting(new MemoryStorage(2 ** 20), { name });
    const named = bytes({ u32: asked.length }, asked);
    const told = await talk(exported, [
      hello(),
      STRUCTURED,
      option(9, bytes(named, { u32: 0 })),
      option(7, bytes(named, { u16: 0 })),
    ]);
    const types = told.sent.greeting().options().map(({ type }) => type);
    assertEquals(types, known ? [1, 4, 1, 3, 1] : [1, ERROR + 6, ERROR + 6], name);
    const old = await talk(exported, [hello(), option(1, asked), DISC]);
    assertEquals(old.failure === undefined, known, name);
  }
});

Deno.test("a context is one by its bytes as well", async () => {
  for (const query of ["\ufeffbase:allocation", "base:allocation\ufeff", "base:Allocation"]) {
    assertEquals((await answers(STRUCTURED, context([query]))).map(([, type]) => type), [1, 1]);
  }
});

Deno.test("more than a thousand options are too many", async () => {
  const many = await failureOf(hello(), ...Array(1001).fill(option(3)));
  assertStringIncludes(many, "expected 1000 options at most");
  assertEquals(await failureOf(hello(), ...Array(999).fill(option(3)), go(), DISC), "undefined");
});

Deno.test("another name is unknown", async () => {
  const replies = await answers(STRUCTURED, go("disk2"), go("dis", [], 6), context([], 9, "x"));
  assertEquals(replies.map(([, type]) => type), [1, ERROR + 6, ERROR + 6, ERROR + 6]);
  assertStringIncludes(await failureOf(hello(), option(1, bytes("x"))), 'Cannot export "x"');
});

Deno.test("metadata contexts are listed and chosen, after structured replies", async () => {
  const name = "base:allocation";
  const types = (replies: unknown[][]) => replies.map(([, type]) => type);
  assertEquals(types(await answers(context([name]))), [ERROR + 3]);
  const listed = [9, 4, bytes({ u32: 0 }, name)];
  for (const queries of [[], ["base:"], ["x", name]]) {
    assertEquals((await answers(STRUCTURED, context(queries, 9)))[1], listed);
  }
  assertEquals(types(await answers(STRUCTURED, context(["x:"], 9))), [1, 1]);
  assertEquals(await answers(STRUCTURED, context(["x", name])), [
    [8, 1, bytes()],
    [10, 4, bytes({ u32: 1 }, name)],
    [10, 1, bytes()],
  ]);
  assertEquals(types(await answers(STRUCTURED, context(["base:"]), context([]))), [1, 1, 1]);
});

Deno.test("wrong magic and flags that are not known end the connection", async () => {
  assertStringIncludes(await failureOf(hello(4)), "expected flags 0 to 3, got 4");
  assertStringIncludes(await failureOf(hello(), bytes("IHAVEOPX", filled(8, 0))), "its magic");
  assertStringIncludes(await failureOf(hello(), option(1, filled(4097, 65))), "got 4097");
});

Deno.test("a client that ends in the middle of the handshake has not failed", async () => {
  const said = bytes(hello(), STRUCTURED, go());
  for (let n = 0; n < said.length; n++) {
    assertEquals((await talk(exporting(), [said.subarray(0, n)])).failure, undefined);
  }
});

Deno.test("a client that says nothing is thrown out after half a minute", async () => {
  const { clock, done, duplex } = connect(exporting());
  clock.advance(30e9 - 1);
  assertEquals(duplex.closed, false);
  clock.advance(1);
  assertStringIncludes(`${await done}`, "has taken more than 30000000000 ns");
  assertEquals(duplex.closed, true);
});
