/** A connection in memory: the server's end is what Deno.Conn is, the client's end is this. */
export class Duplex {
  /** How many calls it took. */
  writes = 0;
  /** Whether the server has closed its half. */
  closed = false;
  /** While true, the server's writes do not get through. */
  stalled = false;
  /** How many bytes get through all the same. */
  allowed = 0;
  readonly #input: Uint8Array[] = [];
  #output = new Uint8Array(1024);
  #filled = 0;
  readonly #chunk: number;
  #ended = false;
  #failure: Error | undefined;
  #changed = Promise.withResolvers<void>();

  /** `chunk`: the most bytes that the server gets by one read. */
  constructor(chunk = Infinity) {
    this.#chunk = chunk;
  }

  /** What the server has sent. */
  get sent(): Uint8Array {
    return this.#output.slice(0, this.#filled);
  }

  send(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#input.push(bytes);
    this.#change();
  }

  end(): void {
    this.#ended = true;
    this.#change();
  }

  /** From now on the server's reads and writes fail. */
  die(): void {
    this.#failure = new Deno.errors.ConnectionReset("Connection reset by peer");
    this.#change();
  }

  /** Takes so many bytes, though it is stalled. */
  allow(n: number): void {
    this.allowed += n;
    this.#change();
  }

  resume(): void {
    this.stalled = false;
    this.#change();
  }

  /** Settles as soon as the server has sent so many bytes. */
  async received(n: number): Promise<Uint8Array> {
    while (this.#filled < n) await this.#changed.promise;
    return this.sent;
  }

  async read(into: Uint8Array): Promise<number | null> {
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      const first = this.#input[0];
      if (first !== undefined) {
        const n = Math.min(first.length, into.length, this.#chunk);
        into.set(first.subarray(0, n));
        if (n === first.length) this.#input.shift();
        else this.#input[0] = first.subarray(n);
        return n;
      }
      if (this.#ended) return null;
      await this.#changed.promise;
    }
  }

  async write(bytes: Uint8Array): Promise<number> {
    while (this.stalled && this.allowed === 0 && this.#failure === undefined) {
      await this.#changed.promise;
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.writes++;
    const n = this.stalled ? Math.min(bytes.length, this.allowed) : bytes.length;
    if (this.stalled) this.allowed -= n;
    const end = this.#filled + n;
    if (end > this.#output.length) {
      const larger = new Uint8Array(2 * end);
      larger.set(this.#output);
      this.#output = larger;
    }
    this.#output.set(bytes.subarray(0, n), this.#filled);
    this.#filled = end;
    this.#change();
    return await Promise.resolve(n);
  }

  closeWrite(): Promise<void> {
    this.closed = true;
    this.#change();
    return Promise.resolve();
  }

  #change(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
