/**
 * The handshake, of the kind that is called fixed newstyle.
 *
 * @module
 */
import { type Co, type CoReader, type CoWriter, until } from "@cofn/coroutine";
import { get32, getBig64, put16, put64, putBig64 } from "./bytes.ts";
import { type Export, type Negotiated, transmissionFlags } from "./export.ts";
import { Malformed } from "./fields.ts";
import { isNameOf, Options } from "./options.ts";
import {
  MAX_STRING,
  NBD_FLAG_C_FIXED_NEWSTYLE,
  NBD_FLAG_C_NO_ZEROES,
  NBD_FLAG_FIXED_NEWSTYLE,
  NBD_FLAG_NO_ZEROES,
  NBD_MAGIC,
  NBD_OPT_ABORT,
  NBD_OPT_EXPORT_NAME,
  NBD_OPTS_MAGIC,
  NBD_REP_ERR_INVALID,
  NBD_REP_ERR_SHUTDOWN,
  NBD_REP_ERR_TOO_BIG,
  OPTION_SIZE,
  ProtocolError,
} from "./protocol.ts";
import { discard } from "./receive.ts";
import type { House } from "./requests.ts";
import type { Turn } from "./turns.ts";

/** More data than any option needs. */
const MAX_OPTION = 65_536;
/** More options than any client needs. */
const MOST_OPTIONS = 1000;
/** What old clients get after the answer to NBD_OPT_EXPORT_NAME, for no reason that is left. */
const ZEROES = 124;

/**
 * Agrees with a client on what it gets.
 *
 * @returns What was agreed on; null if the client has gone, or wants nothing.
 * @throws {ProtocolError} If the client breaks the rules in a way that has no reply.
 * @throws What reading or sending has failed with.
 */
export function* handshake(
  reader: CoReader,
  writer: CoWriter,
  { exported, house, turn }: {
    readonly exported: Export;
    readonly house: House;
    readonly turn: Turn;
  },
): Co<Negotiated | null> {
  greet(writer);
  if (!(yield* reader.fill(4))) return null;
  const flags = get32(reader.peek(4), 0);
  reader.skip(4);
  if ((flags & ~(NBD_FLAG_C_FIXED_NEWSTYLE | NBD_FLAG_C_NO_ZEROES)) !== 0) {
    throw new ProtocolError(`Cannot shake hands: expected flags 0 to 3, got ${flags}`);
  }
  const fixed = (flags & NBD_FLAG_C_FIXED_NEWSTYLE) !== 0;
  const options = new Options(writer, exported);

  for (let n = 0; n < MOST_OPTIONS; n++) {
    if (turn.over) yield* until(turn.pass());
    yield* writer.drain();
    if (!(yield* reader.fill(OPTION_SIZE))) return null;
    const header = reader.peek(OPTION_SIZE);
    const magic = getBig64(header, 0);
    const option = get32(header, 8);
    const length = get32(header, 12);
    if (magic !== NBD_OPTS_MAGIC) {
      throw new ProtocolError("Cannot read an option: expected its magic, got other bytes");
    }
    reader.skip(OPTION_SIZE);
    if (!fixed && option !== NBD_OPT_EXPORT_NAME) {
      throw new ProtocolError(
        `Cannot answer option ${option}: expected a client that knows NBD_FLAG_C_FIXED_NEWSTYLE`,
      );
    }
    if (option === NBD_OPT_EXPORT_NAME && length > MAX_STRING) {
      throw new ProtocolError(
        `Cannot take a name: expected ${MAX_STRING} bytes at most, got ${length}`,
      );
    }
    if (length > MAX_OPTION) {
      if (!(yield* discard(reader, length))) return null;
      options.reply(option, NBD_REP_ERR_TOO_BIG, `expected ${MAX_OPTION} bytes at most`);
      continue;
    }
    if (!(yield* reader.fill(length))) return null;
    const data = reader.peek(length).slice();
    reader.skip(length);

    if (option === NBD_OPT_EXPORT_NAME) {
      if (house.closing) throw new ProtocolError("Cannot export: the server is closing");
      sendExport(writer, exported, data, options, (flags & NBD_FLAG_C_NO_ZEROES) !== 0);
      return options.negotiated;
    }
    if (house.closing && option !== NBD_OPT_ABORT) {
      options.reply(option, NBD_REP_ERR_SHUTDOWN, "the server is closing");
      continue;
    }
    try {
      if (options.answer(option, data)) {
        return option === NBD_OPT_ABORT ? null : options.negotiated;
      }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      options.reply(option, NBD_REP_ERR_INVALID, error.message);
    }
  }
  throw new ProtocolError(
    `Cannot shake hands: expected ${MOST_OPTIONS} options at most, got more`,
  );
}

function greet(writer: CoWriter): void {
  const room = writer.reserve(18);
  putBig64(room, 0, NBD_MAGIC);
  putBig64(room, 8, NBD_OPTS_MAGIC);
  put16(room, 16, NBD_FLAG_FIXED_NEWSTYLE | NBD_FLAG_NO_ZEROES);
}

/** The answer to NBD_OPT_EXPORT_NAME, which has no way to say no. */
function sendExport(
  writer: CoWriter,
  exported: Export,
  data: Uint8Array,
  { negotiated }: Options,
  noZeroes: boolean,
): void {
  if (!isNameOf(exported, data)) {
    const name = new TextDecoder("utf-8", { ignoreBOM: true }).decode(data);
    throw new ProtocolError(
      `Cannot export ${JSON.stringify(name)}: expected ${JSON.stringify(exported.name)}`,
    );
  }
  const room = writer.reserve(10 + (noZeroes ? 0 : ZEROES)).fill(0);
  put64(room, 0, exported.storage.size);
  put16(room, 8, transmissionFlags(exported, negotiated.structured));
}
