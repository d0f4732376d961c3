import {
  type StationMembership,
  type StationTokenContext,
  type TransactionOf,
  withStation,
} from 'canonical-models/identity/access';
import type { Context } from 'hono';
import type { z } from 'zod';
import type { Database, Databases } from './databases.ts';
import { proofOf } from './session.ts';
import type { Settings } from './settings.ts';

// A folder of `routes/` exports a list of routes, each made by `stationRoute` or `publicRoute`. From one description follow the checks of
// what comes in, the answer, and the page of the OpenAPI document.

/** What every route can use. */
export interface Services {
  readonly databases: Databases;
  readonly settings: Settings;
}

/** What a route takes and answers. */
export interface RouteShape<Params, Query, Body> {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** As Hono writes it: `/api/customers/:customerId`. */
  readonly path: `/${string}`;
  /** One line for the document. */
  readonly summary: string;
  readonly params?: z.ZodType<Params>;
  readonly query?: z.ZodType<Query>;
  /** Of JSON. Without it the route takes no body. */
  readonly body?: z.ZodType<Body>;
  /** The status of success. @default 200 */
  readonly status?: 200 | 201 | 204;
  /** What success answers: JSON of that form, or a document of that media type. */
  readonly answer?: z.ZodType | `${string}/${string}`;
  /** What else it answers, besides what every route does: see `openapi.ts`. */
  readonly refuses?: readonly (301 | 401 | 404 | 409)[];
}

export interface Input<Params, Query, Body> {
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
}

/** A route, ready to be mounted. */
export interface Route extends RouteShape<unknown, unknown, unknown> {
  /** Whether it asks for a session. */
  readonly access: 'station' | 'public';
  /** Does it. What is not a `Response` is sent as JSON. */
  run(services: Services, c: Context, input: Input<unknown, unknown, unknown>): Promise<unknown>;
}

interface AtStation<Params, Query, Body> extends Input<Params, Query, Body> {
  /** Reaches the rows of the station, and no others. */
  readonly tx: TransactionOf<Database>;
  readonly stationId: string;
  readonly membership: StationMembership;
  readonly services: Services;
}

/** A route of the staff: it runs in `withStation`, on the token that the client presents. */
export function stationRoute<Params = undefined, Query = undefined, Body = undefined>(
  route: RouteShape<Params, Query, Body> & { handle(at: AtStation<Params, Query, Body>): Promise<unknown> },
): Route {
  return {
    ...route,
    access: 'station',
    run(services, c, input) {
      const proof: StationTokenContext = proofOf(c, services.settings);
      return withStation(services.databases.station, proof, (tx, membership) =>
        route.handle({
          ...(input as Input<Params, Query, Body>),
          tx,
          membership,
          stationId: proof.stationId,
          services,
        }),
      );
    },
  };
}

interface ForAll<Params, Query, Body> extends Input<Params, Query, Body> {
  /** The ordinary pool. */
  readonly db: Database;
  readonly services: Services;
  readonly c: Context;
}

/** A route without a station user: a page of the website, a link, a log-in. */
export function publicRoute<Params = undefined, Query = undefined, Body = undefined>(
  route: RouteShape<Params, Query, Body> & { handle(request: ForAll<Params, Query, Body>): Promise<unknown> },
): Route {
  return {
    ...route,
    access: 'public',
    run: (services, c, input) =>
      route.handle({ ...(input as Input<Params, Query, Body>), db: services.databases.website, services, c }),
  };
}
