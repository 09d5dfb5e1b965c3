import { testNotices } from "./_notices.ts";
import { interleaveMutants } from "./_mutants_interleave.ts";

testNotices(interleaveMutants);
