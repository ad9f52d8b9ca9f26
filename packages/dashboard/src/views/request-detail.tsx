import type { LiveRequest } from "@olla-ts/core/ports";
import type { JSX } from "preact";

import { formatBytes, formatDuration, formatRate, words } from "../format.ts";
import { Facts } from "../parts/facts.tsx";
import { Dot } from "../parts/status.tsx";

/** Why a request went where it went, step by step. */
export function RequestDetail({ request }: { request: LiveRequest }): JSX.Element {
  const { candidates, excluded, attempts, error, code } = request;
  return (
    <div class="details">
      <div class="wide">
        <h3>Its way</h3>
        <ol class="way">
          <li>
            <b>Asked for</b> {request.model ?? "no model"}
            {request.servedModel !== undefined && <> (served as {request.servedModel})</>}
          </li>
          <li>
            <b>Decided</b> {request.action ?? "nothing"}
            {request.reason !== undefined && <>, because {words(request.reason)}</>}
            {request.strategy !== undefined && <>, strategy {request.strategy}</>}
          </li>
          <li>
            <b>Candidates</b> {candidates.length === 0 ? "none" : candidates.join(", ")}
          </li>
          {excluded.map(({ endpoint, rule, detail }) => (
            <li key={endpoint}>
              <b>Left out</b> {endpoint}: {words(rule)}, {detail}
            </li>
          ))}
          {request.sticky !== undefined && (
            <li>
              <b>Session</b> {request.sticky}
            </li>
          )}
          {attempts.map(({ endpoint, answered, code: failure }) => (
            <li key={endpoint}>
              <b>Sent to</b> <Dot tone={answered && failure === undefined ? "good" : "bad"} />{" "}
              {endpoint}:{" "}
              {failure === undefined ? (answered ? "answered" : "failed") : words(failure)}
            </li>
          ))}
          {code !== undefined && (
            <li>
              <b>Ended with</b> <code>{code}</code> {error}
            </li>
          )}
        </ol>
      </div>
      <div>
        <h3>Figures</h3>
        <Facts
          facts={[
            ["Took", formatDuration(request.durationMs)],
            ["First token after", formatDuration(request.firstTokenMs)],
            ["Tokens per second", formatRate(pace(request))],
            ["Received", formatBytes(request.requestBytes)],
            ["Sent", formatBytes(request.responseBytes)],
          ]}
        />
      </div>
      <div>
        <h3>Client</h3>
        <Facts
          facts={[
            ["Request id", <code>{request.id}</code>],
            ["Address", <code>{request.client}</code>],
            ["Program", request.userAgent ?? "–"],
            ["Operation", words(request.operation ?? "–")],
            ["Query", <code>{request.query ?? "–"}</code>],
          ]}
        />
      </div>
    </div>
  );
}

function pace({
  outputTokens,
  durationMs,
  firstTokenMs = 0,
  stream,
}: LiveRequest): number | undefined {
  const time = durationMs - (stream ? firstTokenMs : 0);
  return outputTokens < 2 || time <= 0 ? undefined : (outputTokens * 1_000) / time;
}
