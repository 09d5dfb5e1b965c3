import { assertEquals, assertStringIncludes } from "@std/assert";
import { Coroutine } from "@cofn/coroutine";
import { serve } from "../../examples/io/line_server.ts";
import { needing } from "../_needing.ts";

const test = needing("net");

test("each connection gets its answers, and those that break the rules are ended alone", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const server = Coroutine.create(serve, listener, 50e6);
  server.enter();
  const { port } = listener.addr as Deno.NetAddr;
  /** All that comes back, until the server ends it. */
  const talk = async (text: string, half: boolean): Promise<string> => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(new TextEncoder().encode(text));
    if (half) await conn.closeWrite();
    return await new Response(conn.readable).text();
  };
  const all = await Promise.all([
    talk("one\ntwo\r\n", true),
    talk("hello\n", false),
    talk("x".repeat(2000), false),
    talk("no end", true),
  ]);
  assertEquals(all, [
    "ONE\nTWO\n",
    "HELLO\nyou have said nothing for too long\n",
    "your line is too long\n",
    "NO END\n",
  ]);
  const gone = await Deno.connect({ hostname: "127.0.0.1", port });
  gone.close();
  assertStringIncludes(await talk("last\n", true), "LAST");
  const waits = await Deno.connect({ hostname: "127.0.0.1", port });
  listener.close();
  server.cancel();
  await server.done.catch(() => {});
  assertEquals([server.status, await new Response(waits.readable).text()], ["terminated", ""]);
});
