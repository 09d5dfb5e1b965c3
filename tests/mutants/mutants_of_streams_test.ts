import { testKills } from "./_kills.ts";
import { streamMutants } from "./_mutants_streams.ts";

testKills(streamMutants);
