import { testKills } from "./_kills.ts";
import { threadMutants } from "./_mutants_threads.ts";

testKills(threadMutants);
