import { assertEquals, assertStringIncludes } from "@std/assert";
import { Coroutine } from "@cofn/coroutine";
import { serve } from "../../examples/io/line_server.ts";
import { needing } from "../_needing.ts";

const test = needing("net");

test("each connection gets its answers, and those that break the rules are ended alone", async () => {
  const listen = () => Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const portOf = ({ addr }: Deno.Listener) => (addr as Deno.NetAddr).port;
  const [listener, impatient] = [listen(), listen()];
  // However slow the machine is, no client is too late for the one, and whoever says nothing is for the other.
  const [server, hurried] = [1e15, 50e6].map((patience, i) =>
    Coroutine.create(serve, [listener, impatient][i]!, patience)
  ) as [Coroutine<void>, Coroutine<void>];
  for (const one of [server, hurried]) one.enter();
  const port = portOf(listener);
  /** All that comes back, until the server ends it. */
  const talk = async (text: string, half: boolean, port = portOf(listener)): Promise<string> => {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port });
    await conn.write(new TextEncoder().encode(text));
    if (half) await conn.closeWrite();
    return await new Response(conn.readable).text();
  };
  const all = await Promise.all([
    talk("one\ntwo\r\n", true),
    talk("hello\n", false, portOf(impatient)),
    talk("x".repeat(2000), false),
    talk("no end", true),
  ]);
  const tooLong = "you have said nothing for too long\n";
  assertEquals(all.with(1, all[1]!.replace(/^HELLO\n/, "")), [
    "ONE\nTWO\n",
    tooLong,
    "your line is too long\n",
    "NO END\n",
  ]);
  const gone = await Deno.connect({ hostname: "127.0.0.1", port });
  gone.close();
  assertStringIncludes(await talk("last\n", true), "LAST");
  const waits = await Deno.connect({ hostname: "127.0.0.1", port });
  listener.close();
  impatient.close();
  server.cancel();
  await hurried.done;
  await server.done.catch(() => {});
  assertEquals([server.status, await new Response(waits.readable).text()], ["terminated", ""]);
});
