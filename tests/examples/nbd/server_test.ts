import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { MemoryStorage } from "../../../examples/nbd/memory_storage.ts";
import { Server } from "../../../examples/nbd/server.ts";
import { bytes, DISC, exporting, filled, go, HANDSHAKE, hello, request, write } from "./_client.ts";

const missing = Deno.permissions.querySync({ name: "net" }).state !== "granted";

/** Declares a test that needs the network of this machine. */
function test(name: string, fn: () => Promise<void>): void {
  if (missing) Deno.test.ignore(`${name} [ignored: needs --allow-net]`, fn);
  else Deno.test(name, fn);
}

function listen(): Deno.TcpListener {
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

/** A client that has connected. */
async function client({ addr }: Deno.TcpListener) {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: addr.port });
  const take = async (n: number) => {
    const got = new Uint8Array(n);
    for (let at = 0; at < n;) {
      const read = await connection.read(got.subarray(at));
      if (read === null) return got.subarray(0, at);
      at += read;
    }
    return got;
  };
  const send = async (...said: Uint8Array[]) => {
    const all = bytes(...said);
    for (let at = 0; at < all.length;) at += await connection.write(all.subarray(at));
  };
  return {
    take,
    send,
    close: () => connection.close(),
    async shakeHands() {
      await send(hello(), go());
      assertEquals((await take(HANDSHAKE)).length, HANDSHAKE);
    },
  };
}

test("clients are served side by side, and see what others have written", async () => {
  const listener = listen();
  const server = new Server(listener, exporting());
  const [a, b] = [await client(listener), await client(listener)];
  await a.shakeHands();
  await b.shakeHands();
  await a.send(write(2 ** 20 - 1000, filled(300_000, 5)));
  assertEquals((await a.take(16))[7], 0);
  await b.send(request(0, 2 ** 20 - 1000, 300_000));
  assertEquals((await b.take(16 + 300_000)).subarray(16), filled(300_000, 5));
  assertEquals(server.connected, 2);
  for (const one of [a, b]) {
    await one.send(DISC);
    assertEquals(await one.take(1), bytes());
    one.close();
  }
  await server.stop();
  assertEquals(server.connected, 0);
});

test("a stop answers what was accepted, closes, and lets nobody in", async () => {
  const listener = listen();
  const { addr } = listener;
  const server = new Server(listener, exporting());
  const [a, silent] = [await client(listener), await client(listener)];
  await a.shakeHands();
  await silent.take(18);
  await a.send(request(3), request(3).subarray(0, 20));
  assertEquals((await a.take(16)).length, 16);
  await Promise.all([server.stop(), server.stop()]);
  assertEquals([await a.take(1), await silent.take(1)], [bytes(), bytes()]);
  a.close();
  silent.close();
  await assertRejects(() => Deno.connect({ hostname: "127.0.0.1", port: addr.port }));
});

test("no more clients are served than there may be; the next one waits for its turn", async () => {
  const listener = listen();
  const server = new Server(listener, exporting(), { connections: 1 });
  const [a, b] = [await client(listener), await client(listener)];
  await a.shakeHands();
  const second = b.shakeHands();
  await a.send(request(3));
  await a.take(16);
  assertEquals(server.connected, 1);
  await a.send(DISC);
  await second;
  assertEquals(server.connected, 1);
  a.close();
  b.close();
  await server.stop();
});

test("clients that die at any byte are told of, and leave nothing", async () => {
  const listener = listen();
  const failures: string[] = [];
  const memory = new MemoryStorage(2 ** 26);
  const server = new Server(listener, exporting(memory), {
    connections: 2,
    onFailure: (failure) => failures.push(`${failure}`),
  });
  const said = bytes(hello(), go(), write(0, filled(50, 1)), request(0, 0, 2 ** 25), filled(28, 1));
  for (let n = 0; n <= said.length; n += 9) {
    const one = await client(listener);
    await one.send(said.subarray(0, n));
    one.close();
  }
  const last = await client(listener);
  await last.shakeHands();
  await last.send(request(3), filled(28, 1));
  assertEquals(await last.take(17), bytes({ u32: 0x67446698 }, { u32: 0 }, { u64: 7n }));
  last.close();
  await server.stop();
  assertEquals(server.connected, 0);
  assertStringIncludes(failures.join(), "expected its magic");
  assert(failures.every((failure) => !/TypeError|RangeError/.test(failure)), failures.join());
});

test("after the end has begun, clients are told so for as long as grace lasts", async () => {
  const listener = listen();
  const server = new Server(listener, exporting(), { grace: 3600e9 });
  const [served, fresh] = [await client(listener), await client(listener)];
  await served.shakeHands();
  await fresh.take(18);
  await fresh.send(hello());
  const stopped = server.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await served.send(request(3));
  await fresh.send(go());
  assertEquals((await served.take(16))[7], 108);
  const told = await fresh.take(20);
  assertEquals(told.slice(12, 16), bytes({ u32: 2 ** 31 + 7 }));
  // They need not stay for so long.
  served.close();
  fresh.close();
  await stopped;

  const soon = listen();
  const other = new Server(soon, exporting(), { grace: 1e6 });
  const silent = await client(soon);
  await silent.shakeHands();
  await other.stop();
  assertEquals(await silent.take(1), bytes());
  silent.close();
});

/** A listener that answers as it is told to, and then no more. */
function scripted(...answers: (Error | Deno.Conn)[]) {
  const { promise, reject } = Promise.withResolvers<Deno.Conn>();
  promise.catch(() => {});
  const listener = {
    asked: 0,
    accept(): Promise<Deno.Conn> {
      listener.asked++;
      const answer = answers.shift();
      if (answer === undefined) return promise;
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    close(): void {
      reject(new Deno.errors.BadResource("Listener has been closed"));
    },
  };
  return listener as typeof listener & Deno.Listener;
}

const system = (code: string): Error => Object.assign(new Error(code), { code });
const turns = async (n: number): Promise<void> => {
  for (let i = 0; i < n; i++) await new Promise((resolve) => setImmediate(resolve));
};

Deno.test("clients that are gone before they are accepted keep nobody waiting", async () => {
  const codes = ["ENOTCONN", "ECONNABORTED", "ECONNRESET", "EPROTO", "EINVAL", "EPERM"];
  const gone = Array.from({ length: 60 }, (_, i) => system(codes[i % codes.length]!));
  const listener = scripted(...gone);
  const server = new Server(listener, exporting());
  // Each has a pass at most, and no time.
  for (let n = 0; n < 61 && listener.asked < 61; n++) await turns(100);
  assertEquals(listener.asked, 61);
  await server.stop();
});

Deno.test("only where the system has no room for one more, the server waits before the next try", async () => {
  for (const code of ["EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"]) {
    const listener = scripted(system(code));
    const server = new Server(listener, exporting());
    await turns(10);
    assertEquals(listener.asked, 1, code);
    while (listener.asked < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    await server.stop();
  }
});

Deno.test("a listener that somebody else has closed is said once, and the server can be stopped", async () => {
  const failures: unknown[] = [];
  const listener = scripted();
  const server = new Server(listener, exporting(), { onFailure: (f) => failures.push(f) });
  listener.close();
  await turns(100);
  assertEquals([failures.length, listener.asked], [1, 1]);
  await server.stop();
});

test("clients that go in the middle of any phase, or never say more, keep no slot", async () => {
  const listener = listen();
  const limits = { idleTime: 0.3e9, sendTime: 0.3e9 };
  const server = new Server(listener, exporting(new MemoryStorage(2 ** 26)), {
    connections: 4,
    limits,
  });
  const said = [
    bytes(hello(), go()),
    bytes(hello(), go(), request(3).subarray(0, 14)),
    bytes(hello(), go(), write(0, filled(1000, 1)).subarray(0, 500)),
    bytes(hello(), go(), ...Array(4).fill(request(0, 0, 2 ** 25))),
  ];
  const silent = [];
  for (const bytes of said) {
    const one = await client(listener);
    await one.send(bytes);
    silent.push(one);
  }
  // There is room again when they have been let go.
  const last = await client(listener);
  await last.shakeHands();
  await last.send(DISC);
  assertEquals(await last.take(1), bytes());
  for (const one of [...silent, last]) one.close();
  await server.stop();
});
