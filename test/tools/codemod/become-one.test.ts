import { describe, expect, test } from 'vitest';
import { codemod, type ImportMap } from '../../../src/tools/codemod/index.ts';
import { lines, testCases } from './cases.ts';
import { map as packageMap } from './models.ts';

const stationModels = 'canonical-models/core/auth/station_models';
const models = 'canonical-models/core/auth/models';
const identity = 'canonical-models/identity';
const both = ['become-one', 'become-one'] as const;

describe('two symbols that would become one are left', () => {
  testCases([
    {
      name: 'imported by name; other names of the imports move',
      before: lines(
        `import { Station, UserStationAssignment } from '${stationModels}';`,
        `import { StationUser } from '${models}';`,
        'use(Station, UserStationAssignment, StationUser);',
      ),
      after: lines(
        `import { UserStationAssignment } from '${stationModels}';`,
        `import { Station } from '${identity}';`,
        `import { StationUser } from '${models}';`,
        'use(Station, UserStationAssignment, StationUser);',
      ),
      left: both,
    },
    {
      name: 'under other names, one of them as a type',
      before: lines(
        `import { UserStationAssignment as A } from '${stationModels}';`,
        `import type { StationUser as B } from '${models}';`,
        'use(A as B);',
      ),
      left: both,
    },
    {
      name: 'members of namespaces',
      before: lines(
        `import * as a from '${stationModels}';`,
        `import * as b from '${models}';`,
        'use(a.UserStationAssignment, b.StationUser);',
      ),
      left: both,
    },
    {
      name: 'loaded, and in a type',
      before: lines(
        `const { UserStationAssignment } = await import('${stationModels}');`,
        `let user: import('${models}').StationUser;`,
        'use(UserStationAssignment);',
      ),
      left: both,
    },
    {
      name: 'exported by name',
      before: lines(
        `export { UserStationAssignment } from '${stationModels}';`,
        `export { StationUser } from '${models}';`,
      ),
      left: both,
    },
    {
      name: 'an old one beside the new one, which may stand for the other old one',
      before: lines(
        `import { UserStationAssignment } from '${stationModels}';`,
        `import { StationUser } from '${identity}';`,
        'use(UserStationAssignment, StationUser);',
      ),
      left: ['become-one'],
    },
    {
      name: 'but not if only a module of services has another name for the new one: the file is half-moved',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'use(SocialAccount, BusinessSocialAccount);',
      ),
      after: lines(
        `import { BusinessSocialAccount } from 'canonical-models/lead';`,
        'use(BusinessSocialAccount, BusinessSocialAccount);',
      ),
      left: [],
    },
    {
      name: 'both in the same file are left',
      before: lines(
        `import { SocialAccount } from 'canonical-models/models/social';`,
        `import { BusinessSocialAccount } from 'canonical-models/db/models/lead';`,
        'use(SocialAccount, BusinessSocialAccount);',
      ),
      left: both,
    },
    {
      name: 'mocks stay with their imports',
      before: lines(
        `import { UserStationAssignment } from '${stationModels}';`,
        `import { StationUser } from '${models}';`,
        `vi.mock('${models}', () => ({ StationUser: 1 }));`,
        'use(UserStationAssignment, StationUser);',
      ),
      left: ['become-one', 'become-one', 'kept-together'],
    },
  ]);

  test('the message names the others and the new place', () => {
    const { left } = codemod(
      lines(`import { UserStationAssignment } from '${stationModels}';`, `import { StationUser } from '${models}';`),
      { fileName: 'a.ts', map: packageMap },
    );
    expect(left).toMatchObject([
      {
        from: `${stationModels}#UserStationAssignment`,
        message: `${models}#StationUser is in this file, too, and both become ${identity}#StationUser: decide which of them the file needs`,
      },
      { from: `${models}#StationUser` },
    ]);
  });
});

const map: ImportMap = {
  version: 1,
  modules: {
    'old/user': { symbols: { User: { module: 'new/identity' } } },
    'old/auth': { symbols: { User: { module: 'new/identity' } } },
    'old/all': { symbols: { A: { module: 'new/all', name: 'One' }, B: { module: 'new/all', name: 'One' } } },
    old: { symbols: { User: { module: 'new/identity' } } },
  },
};

describe('a map of your own', () => {
  testCases(
    [
      {
        name: 'symbols of the same name from different modules are two',
        before: lines(
          `import { User } from 'old/user';`,
          `import { User as Login } from 'old/auth';`,
          'use(User, Login);',
        ),
        left: both,
      },
      {
        name: 'two symbols of one module',
        before: lines(`import { A, B } from 'old/all';`, 'use(A, B);'),
        left: both,
      },
      {
        name: 'a barrel has the same symbol as the module under it',
        before: lines(`import { User } from 'old/user';`, `import { User as Login } from 'old';`, 'use(User, Login);'),
        after: lines(`import { User, User as Login } from 'new/identity';`, 'use(User, Login);'),
      },
      {
        name: 'one of them alone moves',
        before: lines(`import { B } from 'old/all';`, 'use(B);'),
        after: lines(`import { One } from 'new/all';`, 'use(One);'),
      },
    ].map((each) => ({ ...each, map })),
  );
});

describe('beside the new place, which may stand for the other old symbol', () => {
  const removedIn = '2.0.0';
  const before = lines(`import { A } from 'old/a';`, `import { One } from 'new/all';`, 'use(A, One);');
  const after = lines(`import { One } from 'new/all';`, 'use(One, One);');
  const place = { module: 'new/all', name: 'One' };
  const mapOf = (a: Partial<ImportMap['modules'][string]>, b: ImportMap['modules'][string]): ImportMap => ({
    version: 1,
    modules: { 'old/a': { symbols: { A: place }, ...a }, 'old/b': b },
  });
  testCases([
    {
      name: 'a map without removedIn',
      map: mapOf({}, { symbols: { B: place } }),
      before,
      left: ['become-one'],
    },
    {
      name: 'removedIn only for the symbol that is imported, in a module that is removed',
      map: mapOf(
        { symbols: { A: { ...place, removedIn } } },
        { symbols: { B: place, C: { module: 'new/c', removedIn } } },
      ),
      before,
      left: ['become-one'],
    },
    {
      name: 'removedIn for one of two symbols of a module',
      map: mapOf({ symbols: { A: { ...place, removedIn }, B: place } }, { symbols: { C: { module: 'new/c' } } }),
      before,
      left: ['become-one'],
    },
    {
      name: 'removedIn for the other module as a whole',
      map: mapOf({ removedIn }, { symbols: { B: place }, removedIn }),
      before,
      left: ['become-one'],
    },
    {
      name: 'a module that is not removed beside one that is: the file is half-moved',
      map: mapOf({ removedIn }, { symbols: { B: place } }),
      before,
      after,
    },
  ]);
});
