export type { DetectedProvider, DetectProviderOptions } from "./detection/detect-provider.ts";
export { detectProvider } from "./detection/detect-provider.ts";
export type { ProbeReply } from "./detection/probe-replies.ts";
export type { AnswerFigures, MetricsExtraction } from "./metrics/extraction.ts";
export { parseLoadedModels } from "./model-list/parse-loaded-models.ts";
export type { RecognisedModelList } from "./model-list/parse-model-list.ts";
export { parseModelList, parseModelListAuto } from "./model-list/parse-model-list.ts";
export type { ModelListShape } from "./model-list-output/format-model-list.ts";
export {
  formatModelItem,
  formatModelList,
  isModelListShape,
  MODEL_LIST_SHAPES,
} from "./model-list-output/format-model-list.ts";
export { formatModelDetail } from "./model-list-output/model-detail.ts";
export { builtInProfiles } from "./profiles/built-in-profiles.ts";
export type { ParsedProfile } from "./profiles/parse-profile.ts";
export { parseProfile } from "./profiles/parse-profile.ts";
export { operationOf } from "./profiles/path-operations.ts";
export type { ProfileCatalogue, ProfileCatalogueOptions } from "./profiles/profile-catalogue.ts";
export { compileExtractions, createProfileCatalogue } from "./profiles/profile-catalogue.ts";
export type { ProfileFiles } from "./profiles/profile-files.ts";
export type { ProfileProblem } from "./profiles/profile-problem.ts";
export { describeProblem } from "./profiles/profile-problem.ts";
export type { WellKnownPort } from "./profiles/well-known-ports.ts";
export { wellKnownPorts } from "./profiles/well-known-ports.ts";
export type { ResourceRules } from "./resources/resource-rules.ts";
