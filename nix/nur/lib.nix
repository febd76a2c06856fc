# SPDX-License-Identifier: MIT OR Apache-2.0
# Functions for others: none so far.
{ pkgs }:
{
}
