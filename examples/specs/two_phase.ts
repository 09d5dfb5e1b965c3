/**
 * Two-phase commit, after TwoPhase.tla of the TLA+ Examples (Lamport, "Consensus on Transaction
 * Commit").
 *
 * A transaction manager (TM) asks resource managers (RM) to commit a transaction. Each RM prepares
 * and says so, or aborts on its own; the TM commits when all have said that they are prepared, and
 * may abort at any time before. Messages are never lost, and a message that was sent once can be
 * received again: the set of messages only grows.
 *
 *     deno task check examples/specs/two_phase.ts --set rms=8
 */
import { type AnySpec, fill, Int, spec, Table } from "@cofn/coroutine/model";
import * as Schema from "effect/Schema";

export const twoPhase = ({ rms = 3 }: { rms?: number } = {}): AnySpec => {
  // ---------------------------------------------------------------------------------- constants

  const RM = Int(1, rms);
  const RMState = Schema.Literals(["working", "prepared", "committed", "aborted"]);
  const TMState = Schema.Literals(["init", "done"]);

  return spec({
    name: `two-phase commit, ${rms} RMs`,

    // ------------------------------------------------------------------------------------ state

    state: Schema.Struct({
      rm: Table(RM, RMState),
      tm: TMState,
      tmPrepared: Table(RM, Schema.Boolean), // the RMs whose "prepared" the TM has received
      sent: Schema.Struct({ // the set of all messages sent
        prepared: Table(RM, Schema.Boolean),
        commit: Schema.Boolean,
        abort: Schema.Boolean,
      }),
    }),
    init: [{
      rm: fill(RM, "working"),
      tm: "init",
      tmPrepared: fill(RM, false),
      sent: { prepared: fill(RM, false), commit: false, abort: false },
    }],

    // ---------------------------------------------------------------------------------- actions

    actions: {
      tmReceivePrepared: {
        for: { rm: RM },
        when: (s, { rm }) => s.tm === "init" && s.sent.prepared.at(rm),
        do: (s, { rm }) => s.tmPrepared.set(rm, true),
      },
      tmCommit: {
        for: {},
        when: (s) => s.tm === "init" && s.tmPrepared.every((prepared) => prepared),
        do: (s) => {
          s.tm = "done";
          s.sent.commit = true;
        },
      },
      tmAbort: {
        for: {},
        when: (s) => s.tm === "init",
        do: (s) => {
          s.tm = "done";
          s.sent.abort = true;
        },
      },
      rmPrepare: {
        for: { rm: RM },
        when: (s, { rm }) => s.rm.at(rm) === "working",
        do: (s, { rm }) => {
          s.rm.set(rm, "prepared");
          s.sent.prepared.set(rm, true);
        },
      },
      rmChooseToAbort: {
        for: { rm: RM },
        when: (s, { rm }) => s.rm.at(rm) === "working",
        do: (s, { rm }) => s.rm.set(rm, "aborted"),
      },
      rmReceiveCommit: {
        for: { rm: RM },
        when: (s) => s.sent.commit,
        do: (s, { rm }) => s.rm.set(rm, "committed"),
      },
      rmReceiveAbort: {
        for: { rm: RM },
        when: (s) => s.sent.abort,
        do: (s, { rm }) => s.rm.set(rm, "aborted"),
      },
    },

    // ----------------------------------------------------------------------------------- claims

    always: {
      "no RM commits while another aborts": (s) =>
        !(s.rm.some((state) => state === "committed") && s.rm.some((state) => state === "aborted")),
    },
    sometimes: {
      "all RMs commit": (s) => s.rm.every((state) => state === "committed"),
      "all RMs abort": (s) => s.rm.every((state) => state === "aborted"),
    },
  });
};
