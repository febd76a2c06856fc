// SPDX-License-Identifier: MIT OR Apache-2.0
// One of two programs of the same name, which is also that of a file of the guest's own.
#include <stdio.h>

int main(void)
{
	puts("this is b");
	return 0;
}
