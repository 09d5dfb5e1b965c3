/**
 * Planted bugs in the network block device, and the tests that must notice.
 *
 * @module
 */

/** One bug, and who finds it. */
export interface NbdMutant {
  readonly name: string;
  /** In examples/nbd. */
  readonly file: string;
  readonly line: string;
  readonly nth?: number;
  readonly becomes: string;
  /** In tests/examples/nbd. */
  readonly test: string;
}

/** Bugs in turns, limits, the end, files, sockets and names. */
export const nbdMutants: readonly NbdMutant[] = [
  {
    name: "requests are gone through to the last one, whatever they cost",
    file: "transmission.ts",
    line: "if (turn.spend(costOf(request))) yield* until(turn.pass());",
    becomes: "",
    test: "turns_test.ts",
  },
  {
    name: "options are gone through to the last one",
    file: "handshake.ts",
    line: "if (turn.over) yield* until(turn.pass());",
    becomes: "",
    test: "turns_test.ts",
  },
  {
    name: "a pass lets the event loop go round once, and not so often that it looks outside",
    file: "turns.ts",
    line: "if (--left > 0) return void setImmediate(loop);",
    becomes: "",
    test: "turns_test.ts",
  },
  {
    name: "one who always has more to say is always heard",
    file: "wire.ts",
    line: "if (turn.over) await turn.pass();",
    becomes: "",
    test: "turns_test.ts",
  },
  {
    name: "zeroes are made in one go",
    file: "requests.ts",
    line: "if (turn.spend(n / RANGE_A_UNIT)) yield* until(turn.pass());",
    becomes: "",
    test: "turns_test.ts",
  },
  {
    name: "each has the longest turn, however many there are",
    file: "turns.ts",
    line: "return Math.max(SHORTEST, Math.min(LONGEST, ROUND / this.connections));",
    becomes: "return LONGEST;",
    test: "turns_test.ts",
  },
  {
    name: "two passes of one connection are two turns",
    file: "turns.ts",
    line: "return this.#next ??= new Promise((resolve) => {",
    becomes: "return this.#next = new Promise((resolve) => {",
    test: "turns_test.ts",
  },
  {
    name: "zeroes go on though the client is gone",
    file: "requests.ts",
    line: "if (session.gone || session.house.closing) throw new Halted();",
    becomes: "if (session.house.closing) throw new Halted();",
    test: "closing_test.ts",
  },
  {
    name: "zeroes go on though the server closes",
    file: "requests.ts",
    line: "if (session.gone || session.house.closing) throw new Halted();",
    becomes: "if (session.gone) throw new Halted();",
    test: "closing_test.ts",
  },
  {
    name: "nobody notices while others wait that the client is gone",
    file: "transmission.ts",
    line: "watcher.enter();",
    becomes: "",
    test: "closing_test.ts",
  },
  {
    name: "whoever waited for permits stands behind the one that watches",
    file: "transmission.ts",
    line: 'if (watcher.status !== "terminated") watcher.cancel("it has been waited for");',
    becomes: "",
    test: "in_flight_test.ts",
  },
  {
    name: "a goodbye that has come is forgotten",
    file: "transmission.ts",
    line: "if (!more && !endsWithGoodbye(reader)) session.gone = true;",
    becomes: "if (!more) session.gone = true;",
    test: "closing_test.ts",
  },
  {
    name: "all zeroes cost one permit",
    file: "requests.ts",
    line: "const each = storage.sparse ? RANGE_A_PERMIT : BYTES_A_PERMIT;",
    becomes: "const each = Infinity;",
    test: "closing_test.ts",
  },
  {
    name: "what is pending is not looked at after a wait for permits",
    file: "transmission.ts",
    line: "if (writer.pending > HIGH_WATER) yield* writer.drain();",
    nth: 1,
    becomes: "",
    test: "closing_test.ts",
  },
  {
    name: "requests are begun though the server closes",
    file: "requests.ts",
    line: "if (house.closing) return CLOSING;",
    becomes: "",
    test: "closing_test.ts",
  },
  {
    name: "options are answered though the server closes",
    file: "handshake.ts",
    line: "if (house.closing && option !== NBD_OPT_ABORT) {",
    becomes: "if (false) {",
    test: "closing_test.ts",
  },
  {
    name: "a server that closes does so at once",
    file: "server.ts",
    line: "const alarm = monotonic.after(this.#grace, () => {",
    becomes: "const alarm = monotonic.after(0, () => {",
    test: "server_test.ts",
  },
  {
    name: "each client that is gone before it is accepted costs a tenth of a second",
    file: "server.ts",
    line: "if (SCARCE.includes(codeOf(error))) yield* sleep(RETRY_TIME);",
    becomes: "if (true) yield* sleep(RETRY_TIME);",
    test: "server_test.ts",
  },
  {
    name: "where the system has no room, it is asked for without end",
    file: "server.ts",
    line: "if (SCARCE.includes(codeOf(error))) yield* sleep(RETRY_TIME);",
    becomes: "if (false);",
    test: "server_test.ts",
  },
  {
    name: "idle clients stay",
    file: "patience.ts",
    line: "} else if (now - this.#quietSince >= idleTime) {",
    becomes: "} else if (false) {",
    test: "limits_test.ts",
  },
  {
    name: "each byte is a sign of life",
    file: "patience.ts",
    line: "const ENOUGH = 2 ** 16;",
    becomes: "const ENOUGH = 1;",
    test: "limits_test.ts",
  },
  {
    name: "whoever waits for a request is idle",
    file: "patience.ts",
    line: "busy || pending > 0 || requests > heard.requests || received >= heard.received + ENOUGH",
    becomes: "pending > 0 || requests > heard.requests || received >= heard.received + ENOUGH",
    test: "limits_test.ts",
  },
  {
    name: "clients that take nothing stay",
    file: "patience.ts",
    line: "} else if (now - this.#stuckSince >= sendTime) {",
    becomes: "} else if (false) {",
    test: "limits_test.ts",
  },
  {
    name: "a slow client is taken for one that is stuck",
    file: "patience.ts",
    line: "if (pending === 0 || taken >= this.#goal) {",
    becomes: "if (pending === 0) {",
    test: "limits_test.ts",
  },
  {
    name: "names lose their byte order mark",
    file: "options.ts",
    line: "return name.length === 0 || equal(name, encoder.encode(exported.name));",
    becomes:
      "return name.length === 0 || new TextDecoder().decode(name) === new TextDecoder().decode(encoder.encode(exported.name));",
    test: "handshake_test.ts",
  },
  {
    name: "the description tells where the file is",
    file: "file_storage.ts",
    line: 'readonly description = "file";',
    becomes: 'readonly description = "file disk.img";',
    test: "storage_test.ts",
  },
  {
    name: "devices of any kind are served",
    file: "file_storage.ts",
    line: "if (isFile || isBlockDevice === true) return;",
    becomes: "return;",
    test: "storage_test.ts",
  },
  {
    name: "what is in the place of the socket is removed",
    file: "socket.ts",
    line: "remove: () => removeIf(path, ({ dev, ino }) => dev === made.dev && ino === made.ino),",
    becomes: "remove: () => removeIf(path, () => true),",
    test: "socket_test.ts",
  },
  {
    name: "the host removes what it finds at the name of the socket",
    file: "socket.ts",
    line: "const draft = path.replace(/[^/]*$/, () => `.${crypto.randomUUID().slice(0, 7)}`);",
    becomes: "const draft = path; Deno.linkSync = () => {};",
    test: "socket_test.ts",
  },
  {
    name: "everybody may connect",
    file: "socket.ts",
    line: "const mask = Deno.umask(0o777 & ~mode);",
    becomes: "const mask = Deno.umask(0);",
    test: "socket_test.ts",
  },
  {
    name: "what was never used is read at once",
    file: "file_storage.ts",
    line:
      "if (length > PIECE || !this.#warm.has(offset, length)) return this.#read(offset, length);",
    becomes: "if (length > PIECE) return this.#read(offset, length);",
    test: "storage_test.ts",
  },
  {
    name: "what was only read is written at once",
    file: "file_storage.ts",
    line: "if (length > PIECE || !this.#writable.has(offset, length)) {",
    becomes: "if (length > PIECE || !this.#warm.has(offset, length)) {",
    test: "storage_test.ts",
  },
  {
    name: "a page makes its neighbours warm",
    file: "warm.ts",
    line:
      "do pages |= 1 << page % PAGES; while (++page % PAGES > 0 && page * PAGE < offset + length);",
    becomes: "pages = 0xffff; page = (group + 1) * PAGES;",
    test: "storage_test.ts",
  },
  {
    name: "what is slow stays warm",
    file: "warm.ts",
    line: "if (this.#doubt > MOST_DOUBT) this.clear();",
    becomes: "",
    test: "storage_test.ts",
  },
  {
    name: "a flush that was begun before counts",
    file: "file_storage.ts",
    line: "const all = this.#asked;",
    becomes: "const all = Infinity;",
    test: "storage_test.ts",
  },
  {
    name: "each has a flush of its own",
    file: "file_storage.ts",
    line: "if (this.#flushed >= asked) return;",
    becomes: "",
    test: "storage_test.ts",
  },
  {
    name: "a page that is being sent goes when it is dropped",
    file: "memory_storage.ts",
    line: "if (lending === undefined) free(page);",
    becomes: "if (lending === undefined || true) free(page);",
    test: "storage_test.ts",
  },
  {
    name: "the memory of a page that was being sent stays",
    file: "memory_storage.ts",
    line: "if (lending.dropped) free(piece as Uint8Array<ArrayBuffer>);",
    becomes: "",
    test: "storage_test.ts",
  },
  {
    name: "a piece is given back as soon as some of it was taken",
    file: "wire.ts",
    line: "this.#took = first?.buffer === buffer && first.byteOffset + first.length === end;",
    becomes: "this.#took = first?.buffer === buffer;",
    test: "wire_test.ts",
  },
  {
    name: "a piece is given back while the writer looks at it",
    file: "wire.ts",
    line: "this.#tookTo(bytes.buffer, bytes.byteOffset + n);",
    becomes: "this.#tookTo(bytes.buffer, bytes.byteOffset + n); this.#giveBackTaken();",
    test: "wire_test.ts",
  },
  {
    name: "pieces of a connection that has failed are never given back",
    file: "connection.ts",
    line: "wire.end();",
    becomes: "",
    test: "wire_test.ts",
  },
  {
    name: "a piece is given back while the host has it",
    file: "wire.ts",
    line: "if (!this.#writing) this.#giveBackAll();",
    becomes: "this.#giveBackAll();",
    test: "wire_test.ts",
  },
  {
    name: "a second signal is like the first",
    file: "main.ts",
    line: "if (heard) {",
    becomes: "if (false) {",
    test: "main_test.ts",
  },
];
