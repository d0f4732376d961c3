import { z } from 'zod';
import { answerTo } from '../../problems.ts';
import { publicRoute } from '../../route.ts';

const Status = z.object({ status: z.literal('ok') });

export default [
  publicRoute({
    method: 'get',
    path: '/health',
    summary: 'Whether the process runs, whatever its database does',
    answer: Status,
    handle: async () => ({ status: 'ok' }),
  }),
  publicRoute({
    method: 'get',
    path: '/ready',
    summary: 'Whether the process can answer: its databases do',
    answer: Status,
    async handle({ services, c }) {
      if (await services.databases.isReady()) return { status: 'ok' };
      return answerTo(c, { status: 503, code: 'unavailable', retryAfter: 1 });
    },
  }),
];
