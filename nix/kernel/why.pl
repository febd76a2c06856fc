#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR Apache-2.0
# Says which options of a kernel did not take the value that was wanted, why, and what to set to mend it.
#
#     why.pl --tree LINUX --config LINUX/.config [--arch x86_64] [--wanted FILE]... [--whole FILE]...
#            [--most 30] [--fragment] [NAME=VALUE]...
#     why.pl --tree LINUX --types [--arch x86_64] [--wanted FILE]... [NAME=VALUE]...
#
# A FILE has lines as a .config has them, or "NAME VALUE" ("NAME? VALUE": it may be missing, and is only counted). Of a
# --whole .config only what has a prompt counts: the rest is computed anew. With --types there is no .config yet: only
# values are told that no configuration can have. It needs perl alone, starts nothing, and asks no compiler. Exit status: 0 all is as wanted, 1 something is not, 2 it could not be told.
use strict;
use warnings;

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use Getopt::Long   qw(GetOptions);

use lib dirname( abs_path(__FILE__) );

use Why::Told;
use Why::World;

sub main {
    my %options = ( most => 30 );
    GetOptions( \%options, 'tree=s', 'config=s', 'arch=s', 'wanted=s@', 'whole=s@', 'most=i', 'fragment', 'types' )
      or return 2;
    $options{config} = '/dev/null' if $options{types};
    if ( !defined $options{tree} || !defined $options{config} ) {
        die "--tree LINUX and --config FILE are needed\nhelp: a tree is a folder with the kernel's sources\n";
    }
    my $world  = Why::World->new( @options{qw(tree config arch)} );
    my @wanted = map { read_wanted($_) } @{ $options{wanted} || [] };
    for my $argument (@ARGV) {
        push @wanted, wish($argument) || die "`$argument` is no option\nhelp: write NAME=VALUE, such as KGDB=y\n";
    }
    unshift @wanted, map { grep { $world->is_asked( $_->{name} ) } read_wanted($_) } @{ $options{whole} || [] };
    my @missed   = grep { !$world->has( $_->{name}, $_->{value} ) } last_of_each(@wanted);
    @missed = grep { Why::Told::unfit( $world, $_ ) } @missed if $options{types};
    my @optional = grep { $_->{optional} } @missed;
    my @errors   = grep { !$_->{optional} } @missed;
    my $told     = Why::Told->new($world);
    for my $wish ( splice @{ [@errors] }, 0, $options{most} ) {
        print $options{fragment} ? $told->fragment($wish) : $told->text($wish);
    }
    return @errors ? 1 : 0 if $options{fragment};
    printf "and %d more are not as they were to be\n", @errors - $options{most} if @errors > $options{most};
    printf "note: %d options that may be missing are\n", scalar @optional if @optional;
    return @errors ? 1 : 0;
}

sub read_wanted {
    my ($path) = @_;
    open my $file, '<', $path or die "$path can't be read: $!\n";
    my @wanted;
    while ( my $line = <$file> ) {
        chomp $line;
        my $wish = wish($line);
        next if !$wish && $line =~ /^\s*(?:#.*)?$/;
        push @wanted, $wish || die "$path:$.: `$line` is no option\nhelp: write \"NAME VALUE\", or as a .config has it\n";
    }
    close $file;
    return @wanted;
}

sub wish {
    my ($line) = @_;
    my ( $name, $value ) = Why::World::setting($line);
    return { name => $name, value => $value } if defined $name;
    return if $line !~ /^\s*(?:CONFIG_)?([A-Za-z0-9_]+)(?:(\?)?\s+|=)(.*?)\s*$/ || $line =~ /^\s*#/;
    return { name => $1, value => Why::World::unquoted($3), optional => defined $2 };
}

# As in a .config, what is said last counts.
sub last_of_each {
    my %last;
    my $place = 0;
    $last{ $_->{name} } = { %$_, place => $place++ } for @_;
    return sort { $a->{place} <=> $b->{place} } values %last;
}

my $status = eval { main() };
if ( !defined $status ) {
    print STDERR "error: $@";
    exit 2;
}
exit $status;
