import type { FunctionComponent, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { formatAgo, formatCount, formatRate, formatSpan } from "./format.ts";
import type { LiveState } from "./live/connection.ts";
import { useLive } from "./live/use-live.ts";
import { Icon, type IconName } from "./parts/icon.tsx";
import { Status } from "./parts/status.tsx";
import { type Place, usePlace, VIEW_NAMES, type ViewName } from "./router.ts";
import { THEMES, type Theme, useTheme } from "./theme.ts";
import { ConfigurationView } from "./views/configuration.tsx";
import { EndpointsView } from "./views/endpoints.tsx";
import { LimitsView } from "./views/limits.tsx";
import { ModelsView } from "./views/models.tsx";
import { OverviewView, PlaceLink } from "./views/overview.tsx";
import { RequestsView } from "./views/requests.tsx";
import type { ViewProps } from "./views/view.ts";

const VIEWS: Readonly<
  Record<ViewName, { title: string; short: string; view: FunctionComponent<ViewProps> }>
> = {
  overview: { title: "Overview", short: "Overview", view: OverviewView },
  endpoints: { title: "Endpoints", short: "Endpoints", view: EndpointsView },
  models: { title: "Models", short: "Models", view: ModelsView },
  requests: { title: "Requests", short: "Requests", view: RequestsView },
  limits: { title: "Limits & sessions", short: "Limits", view: LimitsView },
  configuration: { title: "Configuration", short: "Config", view: ConfigurationView },
};

export function App(): JSX.Element {
  const [place, go] = usePlace();
  const [state, retry] = useLive(place.view);
  const { known, connection } = state;
  const status = known.overview?.status;
  useEffect(() => {
    const title = `${VIEWS[place.view].title} · olla`;
    document.title = status === undefined || status === "healthy" ? title : `${status} · ${title}`;
  }, [place.view, status]);
  const View = VIEWS[place.view].view;
  const isOld = connection === "stale" || connection === "unreachable";
  return (
    <>
      <a class="skip" href="#content">
        To the content
      </a>
      <Header state={state} />
      <nav aria-label="Views">
        {VIEW_NAMES.map((view) => (
          <NavLink key={view} view={view} place={place} go={go} />
        ))}
      </nav>
      <main id="content" tabIndex={-1} class={isOld ? "old" : undefined}>
        <ConnectionNotice state={state} retry={retry} />
        <h1 class="unseen">{VIEWS[place.view].title}</h1>
        <View known={known} place={place} go={go} />
      </main>
    </>
  );
}

function NavLink({
  view,
  place,
  go,
}: {
  view: ViewName;
  place: Place;
  go: (place: Place) => void;
}): JSX.Element {
  const { title, short } = VIEWS[view];
  const isHere = view === place.view;
  return (
    <PlaceLink place={{ view, selected: "" }} go={go} className={isHere ? "here" : ""}>
      <Icon name={view} />
      <span class="long" aria-current={isHere ? "page" : undefined}>
        {title}
      </span>
      <span class="short" aria-current={isHere ? "page" : undefined}>
        {short}
      </span>
    </PlaceLink>
  );
}

function Header({ state }: { state: LiveState }): JSX.Element {
  const [theme, setTheme] = useTheme();
  const { overview } = state.known;
  return (
    <header class="masthead">
      <span class="brand">
        <img src={`${import.meta.env.BASE_URL}favicon.svg`} alt="" width="22" height="22" />
        olla
      </span>
      {overview !== undefined && (
        <>
          <Status status={overview.status} />
          <ul class="facts-line" aria-label="The gateway now">
            <li>
              <b>
                {overview.endpoints.routable}/{overview.endpoints.total}
              </b>{" "}
              endpoints
            </li>
            <li>
              <b>{formatCount(overview.models)}</b> models
            </li>
            <li>
              <b>{formatRate(overview.recent.requestsPerSecond)}</b> req/s
            </li>
            <li>
              <b>{formatCount(overview.inFlight)}</b> in flight
            </li>
            <li class="wide-only">
              up <b>{formatSpan((overview.at - overview.startedAt) / 1_000)}</b>
            </li>
            <li class="wide-only quiet">
              {overview.version} · {overview.engine} · {overview.balancer}
            </li>
          </ul>
        </>
      )}
      <span class="tools">
        <ConnectionMark state={state} />
        <ThemeButton theme={theme} onChange={setTheme} />
      </span>
    </header>
  );
}

const MARKS: Readonly<Record<LiveState["connection"], string>> = {
  loading: "connecting",
  live: "live",
  polling: "asking every 5 s",
  stale: "stale",
  unreachable: "unreachable",
};

function ConnectionMark({ state: { connection } }: { state: LiveState }): JSX.Element {
  return (
    <span class={`mark ${connection}`} role="status">
      <i aria-hidden="true" />
      {MARKS[connection]}
    </span>
  );
}

const THEME_ICONS: Readonly<Record<Theme, IconName>> = { auto: "auto", light: "sun", dark: "moon" };

function ThemeButton({
  theme,
  onChange,
}: {
  theme: Theme;
  onChange: (theme: Theme) => void;
}): JSX.Element {
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "auto";
  return (
    <button
      type="button"
      class="plain"
      title={`Colours: ${theme}`}
      aria-label={`Colours: ${theme}; change to ${next}`}
      onClick={() => onChange(next)}
    >
      <Icon name={THEME_ICONS[theme]} />
    </button>
  );
}

function ConnectionNotice({
  state: { connection, heardAt, problem },
  retry,
}: {
  state: LiveState;
  retry: () => void;
}): JSX.Element | undefined {
  const isOld = connection === "stale" || connection === "unreachable";
  const now = useSeconds(isOld);
  if (!isOld) return undefined;
  return (
    <div class="notice" role="alert">
      <Icon name="alert" />
      <span>
        {connection === "stale" ? "Nothing has been heard for a while." : problem}{" "}
        {heardAt === undefined ? "" : `What is shown is from ${formatAgo(heardAt, now)}.`}
      </span>
      <button type="button" onClick={retry}>
        Ask now
      </button>
    </div>
  );
}

/** The time, once a second while it is needed. */
function useSeconds(isNeeded: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isNeeded) return undefined;
    setNow(Date.now());
    const timer = window.setInterval(() => setNow(Date.now()), 1_000);
    return () => window.clearInterval(timer);
  }, [isNeeded]);
  return now;
}
