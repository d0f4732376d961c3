/** What every station token begins with: the trail redacts by it, and secret scanners find it. */
export const tokenPrefix = 'cmst_';
