#!/usr/bin/env perl
# SPDX-License-Identifier: MIT OR Apache-2.0
# Says which options of a kernel did not take the value that was wanted, why, and what to set to mend it.
#
#     why.pl --tree LINUX --config LINUX/.config [--arch x86_64] [--wanted FILE]... [--whole FILE]...
#            [--most 30] [--fragment] [NAME=VALUE]...
#     why.pl --tree LINUX --types [--arch x86_64] [--wanted FILE]... [--beside FILE]... [NAME=VALUE]...
#
# A FILE has lines as a .config has them, or "NAME VALUE" ("NAME? VALUE": it may be missing, and is only counted). Of a
# --whole .config only what has a prompt counts: the rest is computed anew. With --types there is no .config yet: only
# values are told that no configuration can have, and members of one choice, of which somebody else may want one, --beside.
#
# It needs perl alone, starts nothing, and asks no compiler. Exit status: 0 all is as wanted, 1 something is not, 2 it could not be told.
use strict;
use warnings;

use Cwd            qw(abs_path);
use File::Basename qw(dirname);
use Getopt::Long   qw(GetOptions);

use lib dirname( abs_path(__FILE__) );

use Why::Choice;
use Why::Told;
use Why::World;

sub main {
    my %options = ( most => 30, wanted => [], whole => [], beside => [] );
    GetOptions( \%options, 'tree=s', 'config=s', 'arch=s', 'wanted=s@', 'whole=s@', 'beside=s@', 'most=i', 'fragment', 'types' )
      or return 2;
    $options{config} = '/dev/null' if $options{types};
    if ( !defined $options{tree} || !defined $options{config} ) {
        die "--tree LINUX and --config FILE are needed\nhelp: a tree is a folder with the kernel's sources\n";
    }
    my $world  = Why::World->new( @options{qw(tree config arch)} );
    my @wanted = wishes( $world, \%options );
    my @missed = grep { !$_->{beside} && !$world->has( $_->{name}, $_->{value} ) } @wanted;
    @missed = grep { Why::Told::unfit( $world, $_ ) } @missed if $options{types};
    my @optional = grep { $_->{optional} } @missed;
    my @errors   = grep { !$_->{optional} } @missed;
    # Without a .config it is not known yet which members of a choice would not take.
    my @rivals   = Why::Choice::rivals( $world, [ $options{types} ? grep { !$_->{beside} } @wanted : @errors ], @wanted );
    my %is_rival = map { $_->{name} => 1 } map { @$_[ 1 .. $#$_ ] } @rivals;
    for my $rivals (@rivals) {
        print $options{fragment} ? Why::Choice::fragment(@$rivals) : Why::Choice::text(@$rivals);
    }
    @errors = grep { !$is_rival{ $_->{name} } } @errors;
    my $told = Why::Told->new($world);
    for my $wish ( splice @{ [@errors] }, 0, $options{most} ) {
        print $options{fragment} ? $told->fragment($wish) : $told->text($wish);
    }
    my $status = @errors || @rivals ? 1 : 0;
    return $status if $options{fragment};
    printf "and %d more are not as they were to be\n", @errors - $options{most} if @errors > $options{most};
    printf "note: of the options that may be missing, %d are\n", scalar @optional if @optional;
    return $status;
}

# All that is wanted, by whomever.
sub wishes {
    my ( $world, $options ) = @_;
    my %wishes = map { my $who = $_; ( $who => [ map { { %$_, $who => 1 } } map { read_wanted($_) } @{ $options->{$who} } ] ) }
      qw(beside whole wanted);
    for my $argument (@ARGV) {
        push @{ $wishes{wanted} },
          wish($argument) || die "`$argument` is no option\nhelp: write NAME=VALUE, such as KGDB=y\n";
    }
    my @whole = grep { $world->is_asked( $_->{name} ) } @{ $wishes{whole} };
    return Why::Choice::settled( $world, last_of_each( @{ $wishes{beside} }, @whole, @{ $wishes{wanted} } ) );
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
