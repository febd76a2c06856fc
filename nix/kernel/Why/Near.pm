# SPDX-License-Identifier: MIT OR Apache-2.0
# Names that are near to one that no Kconfig file defines, and where else it is defined.
package Why::Near;

use strict;
use warnings;

use List::Util qw(min);

my $MOST = 4;

sub hint {
    my ( $world, $name ) = @_;
    my @elsewhere = elsewhere( $world, $name );
    return "  it is defined in $elsewhere[0], which is not read for $world->{arch}\nhelp: leave it out for $world->{arch}\n"
      if @elsewhere;
    return "help: write $1, without CONFIG_\n" if $name =~ /^CONFIG_(\w+)/ && $world->knows($1);
    my @near = names( $name, keys %{ $world->{symbols} } );
    return @near ? 'help: did you mean ' . join( ', ', @near ) . "?\n" : "help: leave it out, or set the option that replaced it\n";
}

# Options of other architectures stand in files that this one never reads.
sub elsewhere {
    my ( $world, $name ) = @_;
    my @found;
    for my $path ( sort glob "$world->{tree}/arch/*/Kconfig*" ) {
        open my $file, '<', $path or next;
        while ( my $line = <$file> ) {
            push @found, substr( $path, length("$world->{tree}/") ) . ":$." if $line =~ /^\s*(?:menu)?config\s+\Q$name\E\s*$/;
        }
        close $file;
    }
    return @found;
}

sub names {
    my ( $name, @all ) = @_;
    my $most = length($name) < 5 ? 1 : length($name) < 10 ? 2 : 3;
    my %distance;
    for my $other (@all) {
        my ( $short, $long ) = sort { length $a <=> length $b } $name, $other;
        $distance{$other} = $most + 0.5 if length $short >= 5 && $long =~ /^\Q${short}\E_|_\Q$short\E$/;
        next if abs( length($other) - length($name) ) > $most;
        my $distance = distance( $name, $other );
        $distance{$other} = $distance if $distance <= $most;
    }
    my @near = sort { $distance{$a} <=> $distance{$b} || $a cmp $b } keys %distance;
    return splice @near, 0, $MOST;
}

# How many letters have to be put in, taken out, replaced or swapped with their neighbour.
sub distance {
    my ( $left, $right ) = @_;
    my @rows = ( [ 0 .. length $right ] );
    for my $i ( 1 .. length $left ) {
        my @row = ($i);
        for my $j ( 1 .. length $right ) {
            my ( $mine, $other ) = ( substr( $left, $i - 1, 1 ), substr( $right, $j - 1, 1 ) );
            my @ways = ( $rows[-1][$j] + 1, $row[ $j - 1 ] + 1, $rows[-1][ $j - 1 ] + ( $mine ne $other ) );
            my $is_swap = $i > 1 && $j > 1 && substr( $left, $i - 2, 2 ) eq reverse( substr $right, $j - 2, 2 );
            push @ways, $rows[-2][ $j - 2 ] + 1 if $is_swap;
            push @row, min(@ways);
        }
        push @rows, \@row;
    }
    return $rows[-1][-1];
}

1;
