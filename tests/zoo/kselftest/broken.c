// SPDX-License-Identifier: GPL-2.0-only
// One of its cases fails.
#include "cases.h"

int main(void)
{
	int sum = 2;

	plan(2);
	expect(sum == 2, "adds");
	expect(sum == 3, "counts"); /* here */
	return cases_failed != 0;
}
