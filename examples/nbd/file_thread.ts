/**
 * What a thread does for the connections that it serves: the work on the file. See `file_threads.ts`.
 *
 * It may wait for the disk, as nobody but these connections waits for the thread. So there is one handle,
 * and one request after the other.
 *
 * @module
 */
import { transfer, type Transferred } from "@cofn/coroutine";
import { openedFile } from "./file_storage.ts";

/** Zeroes are written in pieces of this size. */
const ZEROES = new Uint8Array(2 ** 20);

let file: Deno.FsFile | undefined;

/** Opens the file. */
export function open(path: string, readOnly: boolean): void {
  file = openedFile(path, readOnly);
}

/** Reads; the bytes are moved to the caller. */
export function read(offset: number, length: number): Transferred<Uint8Array> {
  const opened = at(offset);
  const bytes = new Uint8Array(length);
  for (let n = 0; n < length;) {
    const more = opened.readSync(bytes.subarray(n));
    if (more === null) throw new Error(`Cannot read the file: expected ${length} bytes, got fewer`);
    n += more;
  }
  return moved(bytes);
}

export function write(offset: number, bytes: Uint8Array): void {
  const opened = at(offset);
  for (let n = 0; n < bytes.length;) n += opened.writeSync(bytes.subarray(n));
}

export function zero(offset: number, length: number): void {
  for (let n = 0; n < length; n += ZEROES.length) {
    write(offset + n, ZEROES.subarray(0, Math.min(ZEROES.length, length - n)));
  }
}

export function flush(): void {
  at(0).syncDataSync();
}

/** Nobody may be using it. */
export function close(): void {
  file?.close();
}

/** Bytes that are all of their buffer, to be moved into another thread. */
export function moved(bytes: Uint8Array): Transferred<Uint8Array> {
  return transfer(bytes, [bytes.buffer as ArrayBuffer]);
}

/** The file, at a position. */
function at(offset: number): Deno.FsFile {
  if (file === undefined) throw new Error("The file is not open: open comes first");
  file.seekSync(offset, Deno.SeekMode.Start);
  return file;
}
