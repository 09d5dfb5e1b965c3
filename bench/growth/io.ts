/**
 * Readers and writers.
 *
 * @module
 */
import { CoReader, CoWriter } from "../../mod.ts";
import type { Row } from "../_growth.ts";
import { one, started, waits } from "./_parts.ts";

function bytesOf(text: string): ReadableStream<Uint8Array> {
  return new Blob([text]).stream();
}

export const ioRows: readonly Row[] = [
  {
    name: "a reader: n lines",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          const reader = new CoReader(bytesOf("a line of some bytes\n".repeat(n)));
          while ((yield* reader.readLine()) !== null);
        }) as Promise<void>,
    }),
  },
  {
    name: "a reader: one line of 10 n bytes",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          yield* new CoReader(bytesOf("0123456789".repeat(n))).readLine();
        }) as Promise<void>,
    }),
  },
  {
    name: "a reader: n who wait for a byte each",
    prepare(n) {
      const { promise, resolve } = Promise.withResolvers<Uint8Array>();
      const reader = new CoReader(
        new ReadableStream({
          async pull(controller) {
            controller.enqueue(await promise);
          },
        }),
      );
      const all = started(n, function* () {
        yield* reader.readExactly(1);
      }).map(({ done }) => done);
      return {
        async run() {
          resolve(new Uint8Array(n));
          await Promise.all(all);
        },
      };
    },
  },
  {
    name: "a reader: n who wait, cancelled, newest first",
    prepare(n) {
      const reader = new CoReader(new ReadableStream());
      const cos = started(n, waits, () => reader.fill(1)).reverse();
      return {
        run() {
          for (const co of cos) co.cancel();
        },
      };
    },
  },
  {
    name: "a writer: n pieces of its own",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          const writer = new CoWriter(new WritableStream());
          for (let i = 0; i < n; i++) writer.reserve(10);
          yield* writer.flush();
        }) as Promise<void>,
    }),
  },
  {
    name: "a writer: n pieces lent",
    prepare: (n) => ({
      run: () =>
        one(function* () {
          const writer = new CoWriter(new WritableStream());
          const piece = new Uint8Array(10);
          for (let i = 0; i < n; i++) writer.lend(piece);
          yield* writer.flush();
        }) as Promise<void>,
    }),
  },
  {
    name: "a writer: n who write and flush",
    prepare(n) {
      const writer = new CoWriter(new WritableStream());
      return {
        async run() {
          const all = started(n, function* () {
            writer.reserve(10);
            yield* writer.flush();
          });
          await Promise.all(all.map(({ done }) => done));
        },
      };
    },
  },
  {
    name: "a writer: n who lend and flush",
    prepare(n) {
      const writer = new CoWriter(new WritableStream());
      const piece = new Uint8Array(10);
      return {
        async run() {
          const all = started(n, function* () {
            writer.lend(piece);
            yield* writer.flush();
          });
          await Promise.all(all.map(({ done }) => done));
        },
      };
    },
  },
  {
    name: "a writer: n who wait to be flushed, cancelled, newest first",
    prepare(n) {
      const writer = new CoWriter(
        new WritableStream({ write: () => new Promise<void>(() => {}) }),
      );
      writer.reserve(10);
      const cos = started(n, waits, () => writer.flush()).reverse();
      return {
        run() {
          for (const co of cos) co.cancel();
        },
      };
    },
  },
];
