import { testKills } from "./_kills.ts";
import { contextMutants } from "./_mutants_contexts.ts";

testKills(contextMutants);
