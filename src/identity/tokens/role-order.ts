import { StationRole } from '../station-role.ts';

/** Whether a role is higher than another. What is no role is higher than every one, so that nobody has it. */
export function isHigher(role: StationRole, other: StationRole): boolean {
  const place = (each: StationRole): number => StationRole.enumValues.indexOf(each);
  return place(role) < place(other);
}

/** The lower of two roles. */
export function lowerRole(role: StationRole, other: StationRole): StationRole {
  return isHigher(role, other) ? other : role;
}
