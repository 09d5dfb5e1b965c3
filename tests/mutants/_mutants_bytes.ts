/**
 * Planted bugs in the room that readers and writers have, and in files.
 *
 * @module
 */
import type { Mutant, SpecMutant } from "./_mutant.ts";

const inlet = "src/io/_inlet.ts";
const bytes = "src/io/_bytes.ts";
const reader = "src/io/co_reader.ts";
const writer = "src/io/co_writer.ts";
const file = "src/io/co_file.ts";
const ready = "src/io/readable.ts";
const hostList = "src/core/_host_list.ts";
const node = "src/io/_node.ts";
const ahead = "model/specs/io/read_ahead.ts";
const fileSpec = "model/specs/io/co_file.ts";

/** Bugs in the code. */
export const byteMutants: readonly Mutant[] = [
  {
    name: "room is never made larger",
    file: inlet,
    line: "if (need > old.length) this.#buffer = new Uint8Array(Math.max(need, 2 * old.length));",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "room that was made for much is kept",
    file: inlet,
    line: "if (this.#buffer.length > 4 * this.#size) this.#buffer = new Uint8Array(this.#size);",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "room is moved while the host reads into it",
    file: inlet,
    line: "if (this.#start === this.#end && this.#pulling === null) this.#reset();",
    becomes: "if (this.#start === this.#end) this.#reset();",
    spec: "read_ahead",
  },
  {
    name: "room is made while the host reads into what there is",
    file: inlet,
    line: "if (this.#pulling !== null) return;",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "whoever takes all does not ask for more for those who watch",
    file: inlet,
    line: "if (this.#watchers.size > 0 && !this.ready) this.pull(1);",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "whoever watches is not told of what has come",
    file: inlet,
    line: "this.#watchers.tell();",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "a source that is let go of as it is read is not told so",
    file: inlet,
    line: "if (this.#from === null) {",
    becomes: "if (this.#from === undefined) {",
    spec: "read_ahead",
  },
  {
    name: "a read that nobody wants any more keeps the program from ending",
    file: bytes,
    line: "from.unref();",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "a source keeps the program from ending no more when such a read has ended",
    file: bytes,
    line: "pulling.then(again, again);",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "a chunk overwrites what is there",
    file: inlet,
    line: "this.#buffer.set(got, this.#end);",
    becomes: "this.#buffer.set(got, this.#start);",
    spec: "read_ahead",
  },
  {
    name: "a host that has given nothing is asked again at once",
    file: inlet,
    line: "if (!this.#ended && this.buffered === buffered) soon(() => this.#changed());",
    becomes: "if (false) soon(() => this.#changed());",
    spec: "read_ahead",
  },
  {
    name: "a reader believes whatever number it is told",
    file: inlet,
    line: "if (wrong !== null) throw wrong;",
    becomes: ";",
    spec: "read_ahead",
  },
  {
    name: "many bytes are taken from where the room begins",
    file: inlet,
    line: "if (n > FEW) bytes.set(from.subarray(start, start + n));",
    becomes: "if (n > FEW) bytes.set(from.subarray(0, n));",
    spec: "read_ahead",
  },
  {
    name: "what is looked at is what the room begins with",
    file: inlet,
    line: "return this.#buffer.subarray(this.#start, this.#start + n);",
    becomes: "return this.#buffer.subarray(0, n);",
    spec: "read_ahead",
  },
  {
    name: "more can be taken away than is buffered",
    file: reader,
    line: "if (Number.isSafeInteger(n) && n >= 0 && n <= this.buffered) return;",
    becomes: "if (Number.isSafeInteger(n) && n >= 0) return;",
    spec: "read_ahead",
  },
  {
    name: "a newline is looked for among the first bytes alone",
    file: inlet,
    line: "if (at === near) at = at < buffered ? this.bytes(buffered).indexOf(NEWLINE, at) : -1;",
    becomes: "if (at === near) at = -1;",
    spec: "reading",
    at: "4 bytes, wide",
  },
  {
    name: "what write() is given is not copied",
    file: writer,
    line: "copy = (writer, bytes) => writer.#copy(bytes);",
    becomes: "copy = () => {};",
    spec: "co_writer",
  },
  {
    name: "what write() copies does not find room",
    file: writer,
    line: "if (this.#end + n > this.#buffer.length) this.#makeRoom(n);",
    nth: 1,
    becomes: ";",
    spec: "co_writer",
  },
  {
    name: "what is reserved does not find room",
    file: writer,
    line: "if (this.#end + n > this.#buffer.length) this.#makeRoom(n);",
    becomes: ";",
    spec: "co_writer",
  },
  {
    name: "larger room is made without what was written",
    file: writer,
    line: "larger.set(this.#buffer.subarray(this.#start, this.#end));",
    becomes: ";",
    spec: "co_writer",
  },
  {
    name: "nothing that is lent is sent",
    file: writer,
    line: "if (bytes.length === 0) return;",
    becomes: ";",
    spec: "co_writer",
  },
  {
    name: "a write that is waited for once more writes nothing",
    file: writer,
    line: "return new Write(this.#progress, this.#writer, this.#bytes);",
    becomes: "return super.another() as Write;",
    spec: "co_writer",
  },
  {
    name: "the next one goes on before the one whose turn it is",
    file: inlet,
    line: 'if (first === null || this.#going?.status === "suspended") return;',
    becomes: "if (first === null) return;",
    spec: "co_reader",
    at: "3 coroutines, 1 byte, not nested",
  },
  {
    name: "a host that says that it has taken nothing is believed",
    file: writer,
    line: "if (wrong !== null) return this.#failed(wrong);",
    becomes: ";",
    spec: "co_writer",
  },
  {
    name: "a file that has ended is read on",
    file: file,
    line: "if (moved === 0) break;",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "a place that is none is read from",
    file: file,
    line: "mustBePosition(verb, position);",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "a size that is none is given to the host",
    file: file,
    line: 'mustBePosition("truncate", size);',
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "what is no bytes is written",
    file: file,
    line: "if (!(bytes instanceof Uint8Array)) {",
    becomes: "if (bytes === undefined) {",
    spec: "co_file",
  },
  {
    name: "the rest goes where the first part was",
    file: file,
    line: "transfer(this.#fd, bytes, at, bytes.length - at, position + at, done);",
    becomes: "transfer(this.#fd, bytes, at, bytes.length - at, position, done);",
    spec: "co_file",
  },
  {
    name: "what the host has moved first is all",
    file: file,
    line: "n += moved;",
    becomes: "n += bytes.length;",
    spec: "co_file",
  },
  {
    name: "nothing can be read of a file that is closed",
    file: file,
    line: "this.#mustBeOpen(verb);",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "a file that was closed is read on",
    file: file,
    line: "this.#mustBeOpen(verb);",
    nth: 1,
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "a file is closed as calls of the host's are under way",
    file: file,
    line: "await Promise.allSettled(this.#calls);",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "whoever closes a file that is being closed closes it again",
    file: file,
    line: "return new Afresh(() => until(this.#closing ??= this.#close())[Symbol.iterator]());",
    becomes: "return new Afresh(() => until(this.#closing = this.#close())[Symbol.iterator]());",
    spec: "co_file",
  },
  {
    name: "what the host has done is under way for ever",
    file: file,
    line: "calling.then(ended, ended);",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "nobody knows what is under way",
    file: file,
    line: "this.#calls.add(calling);",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "whoever is cancelled while it opens a file leaves it open",
    file: file,
    line: "opening.then((fd) => fs.close(fd, () => {}), () => {});",
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "a file that may not be opened is made",
    file: file,
    line: 'if (error.code !== "ENOENT") throw error;',
    becomes: ";",
    spec: "co_file",
  },
  {
    name: "a file that is only read is opened to write",
    file: file,
    line: 'const opening = readOnly ? open("r") : open("r+").catch(async (error) => {',
    becomes: 'const opening = readOnly ? open("r+") : open("r+").catch(async (error) => {',
    spec: "co_file",
  },
  {
    name: "a file that is made shorter loses all",
    file: file,
    line:
      'return this.#call<void>("truncate", (done) => this.#fs.ftruncate(this.#fd, size, done));',
    becomes:
      'return this.#call<void>("truncate", (done) => this.#fs.ftruncate(this.#fd, 0, done));',
    spec: "co_file",
  },
  {
    name: "an error of the host's is nobody's",
    file: file,
    line:
      "call((error, value) => error === null || error === undefined ? resolve(value) : reject(error));",
    becomes: "call((_, value) => resolve(value)); reject;",
    spec: "co_file",
  },
  {
    name: "whoever waits for a source does not count as waiting for the host",
    file: ready,
    line: "this.#home = beginAwaiting(true);",
    becomes: "this.#home = beginAwaiting(false);",
    spec: "readable",
  },
  {
    name: "whoever waits no longer for a source counts still",
    file: ready,
    line: "if (this.#co !== null) endAwaiting(this.#home, true);",
    becomes: ";",
    spec: "readable",
  },
  {
    name: "whoever waits for bytes does not count as waiting for the host",
    file: hostList,
    line: "beginAwaiting(true);",
    becomes: ";",
    spec: "co_reader",
  },
  {
    name: "whoever waits for bytes once more does not count",
    file: hostList,
    line: "beginAwaiting(true);",
    nth: 1,
    becomes: ";",
    spec: "co_reader",
  },
  {
    name: "whoever was given bytes counts still",
    file: hostList,
    line: "if (co !== null) endAwaiting(homeOfParked(co), true);",
    becomes: ";",
    spec: "co_reader",
  },
  {
    name: "a stream that was destroyed has come to its end",
    file: node,
    line: "if (error !== null) throw error;",
    becomes: ";",
    spec: "node_sink",
  },
];

/** For each claim of their specs, a model that breaks it. */
export const byteSpecMutants: readonly SpecMutant[] = [
  {
    claim: "no byte is lost of those that came",
    file: ahead,
    line: "s.taken += n;",
    becomes: ";",
    check: [ahead],
  },
  {
    claim: "what the host reads comes behind what is buffered",
    file: ahead,
    line: "if (s.start === s.end && s.asked === 0) {",
    becomes: "if (s.start === s.end) {",
    check: [ahead],
  },
  {
    claim: "nobody waits for what was read ahead",
    file: ahead,
    line: 'const said = s.waits === "nothing" ? "nobody" : read(s, s.waits, s.count);',
    becomes: 'const said = "nobody";',
    check: [ahead],
  },
  {
    claim: "as long as somebody waits, the host reads, or will",
    file: ahead,
    line: "if (!isThere(s, waits, count) && !isClosed(s)) pull(s, needOf(waits, count));",
    becomes: ";",
    check: [ahead],
  },
  {
    claim: "as long as somebody watches and nothing is there, the host reads, or will",
    file: ahead,
    line: "if (s.watched && !isReady(s)) pull(s, 1);",
    becomes: ";",
    check: [ahead],
  },
  {
    claim: "nobody has moved more than it was asked for",
    file: fileSpec,
    line: "if (count === 0 || s.moved.at(who) === s.length.at(who)) {",
    becomes: "if (s.length.set(who, s.length.at(who) - 1), count === 0) {",
    check: [fileSpec],
  },
  {
    claim: "whoever closes the file waits for all that is under way",
    file: fileSpec,
    line: 'if (s.phase === "open") s.awaited = s.doing.count((_, other) => isUnderWay(s, other));',
    becomes: ";",
    check: [fileSpec],
  },
  {
    claim: "nothing is done in a file that is not open",
    file: fileSpec,
    line: '(s.phase === "open" || s.phase === "closing") && s.doing.at(who) === "nothing";',
    becomes: 's.doing.at(who) === "nothing";',
    check: [fileSpec],
  },
];
