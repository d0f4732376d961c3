import { StationRole } from './station-role.ts';

/** Whether a role is higher than another. Unknown roles rank above all known ones, so nobody qualifies. */
export function isHigher(role: StationRole, other: StationRole): boolean {
  const place = (each: StationRole): number => StationRole.enumValues.indexOf(each);
  return place(role) < place(other);
}

/** The lower of two roles. */
export function lowerRole(role: StationRole, other: StationRole): StationRole {
  return isHigher(role, other) ? other : role;
}
