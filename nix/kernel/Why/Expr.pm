# SPDX-License-Identifier: MIT OR Apache-2.0
# Expressions of the Kconfig language (Documentation/kbuild/kconfig-language.rst): reading, evaluating and writing them.
#
# A value is 0 (n), 1 (m) or 2 (y), or undef where only the compiler knows.
package Why::Expr;

use strict;
use warnings;

our @LETTERS = ( 'n', 'm', 'y' );

# "A && !B" becomes [ 'and', [ 'sym', 'A' ], [ 'not', [ 'sym', 'B' ] ] ].
sub parse {
    my ($text)   = @_;
    my @words    = words($text);
    my $position = 0;
    my $result   = parse_or( \@words, \$position );
    die "unexpected `$words[$position][1]` in `$text`\n" if $position < @words;
    return $result;
}

# Words as [ kind, text ]: 'op', 'word', 'str' or 'macro'.
sub words {
    my ($text) = @_;
    my @words;
    pos($text) = 0;
    while (1) {
        $text =~ /\G\s+/gc;
        last if pos($text) >= length $text;
        if ( $text =~ /\G(&&|\|\||!=|<=|>=|[!=<>()])/gc ) {
            push @words, [ 'op', $1 ];
        }
        elsif ( $text =~ /\G"((?:[^"\\]|\\.)*)"/gc || $text =~ /\G'((?:[^'\\]|\\.)*)'/gc ) {
            ( my $plain = $1 ) =~ s/\\(.)/$1/g;
            push @words, [ 'str', $plain ];
        }
        elsif ( substr( $text, pos($text) // 0 ) =~ /^(?:[A-Za-z0-9_.\/+-]|\$\()/ ) {
            my $start = pos($text) // 0;
            my ( $end, $kind ) = ( $start, 'word' );
            while ( substr( $text, $end ) =~ /^(?:([A-Za-z0-9_.\/+-]+)|\$\()/ ) {
                $kind = 'macro' if !defined $1;
                $end  = defined $1 ? $end + length $1 : macro_end( $text, $end );
            }
            push @words, [ $kind, substr( $text, $start, $end - $start ) ];
            pos($text) = $end;
        }
        else {
            die 'unexpected `' . substr( $text, pos $text, 1 ) . "` in `$text`\n";
        }
    }
    return @words;
}

# Where the `$(` at a place ends; parentheses inside of it are balanced.
sub macro_end {
    my ( $text, $place ) = @_;
    my $depth = 0;
    for my $at ( $place + 1 .. length($text) - 1 ) {
        my $letter = substr $text, $at, 1;
        $depth++ if $letter eq '(';
        $depth-- if $letter eq ')';
        return $at + 1 if $depth == 0;
    }
    return length $text;
}

sub parse_or {
    my ( $words, $position ) = @_;
    my $left = parse_and( $words, $position );
    while ( is_op( $words, $$position, '||' ) ) {
        $$position++;
        $left = [ 'or', $left, parse_and( $words, $position ) ];
    }
    return $left;
}

sub parse_and {
    my ( $words, $position ) = @_;
    my $left = parse_not( $words, $position );
    while ( is_op( $words, $$position, '&&' ) ) {
        $$position++;
        $left = [ 'and', $left, parse_not( $words, $position ) ];
    }
    return $left;
}

sub parse_not {
    my ( $words, $position ) = @_;
    if ( is_op( $words, $$position, '!' ) ) {
        $$position++;
        return [ 'not', parse_not( $words, $position ) ];
    }
    if ( is_op( $words, $$position, '(' ) ) {
        $$position++;
        my $inner = parse_or( $words, $position );
        die "a `)` is missing\n" if !is_op( $words, $$position, ')' );
        $$position++;
        return $inner;
    }
    my $left = parse_word( $words, $position );
    if ( $$position < @$words && $words->[$$position][0] eq 'op' && $words->[$$position][1] =~ /^(?:!=|=|<|>|<=|>=)$/ ) {
        my $operator = $words->[ $$position++ ][1];
        return [ 'compare', $operator, $left, parse_word( $words, $position ) ];
    }
    return $left;
}

sub parse_word {
    my ( $words, $position ) = @_;
    my $word = $words->[ $$position++ ];
    die "an expression ends too early\n" if !$word || $word->[0] eq 'op';
    my ( $kind, $text ) = @$word;
    return [ 'macro', $text ] if $kind eq 'macro' || ( $kind eq 'str' && $text =~ /\$\(/ );
    return [ 'const', $text ] if $text =~ /^[ymn]$/;
    return [ 'str',   $text ] if $kind eq 'str';
    return [ 'sym',   $text ];
}

sub is_op {
    my ( $words, $position, $operator ) = @_;
    return $position < @$words && $words->[$position][0] eq 'op' && $words->[$position][1] eq $operator;
}

# What is and-ed on the outside, each for itself.
sub conjuncts {
    my ($expr) = @_;
    return $expr->[0] eq 'and' ? ( conjuncts( $expr->[1] ), conjuncts( $expr->[2] ) ) : ($expr);
}

# `$world` answers tristate(NAME), text(NAME) and macro(TEXT).
sub value {
    my ( $expr, $world ) = @_;
    my ( $kind, @rest ) = @$expr;
    return { n => 0, m => $world->tristate('MODULES') ? 1 : 0, y => 2 }->{ $rest[0] } if $kind eq 'const';
    return $world->tristate( $rest[0] )                                          if $kind eq 'sym';
    return $world->macro( $rest[0] )                                             if $kind eq 'macro';
    return 0                                                                     if $kind eq 'str';
    if ( $kind eq 'not' ) {
        my $inner = value( $rest[0], $world );
        return defined $inner ? 2 - $inner : undef;
    }
    return compare( $world, @rest ) if $kind eq 'compare';
    my ( $left, $right ) = map { value( $_, $world ) } @rest;
    my $absorbs = $kind eq 'and' ? 0 : 2;
    for my $side ( $left, $right ) {
        return $absorbs if defined $side && $side == $absorbs;
    }
    return undef if !defined $left || !defined $right;
    my ( $low, $high ) = sort { $a <=> $b } $left, $right;
    return $kind eq 'and' ? $low : $high;
}

sub compare {
    my ( $world, $operator, @sides ) = @_;
    my ( $left, $right ) = map { side( $_, $world ) } @sides;
    return undef if !defined $left || !defined $right;
    my $number = qr/^-?(?:0x[0-9a-f]+|\d+)$/i;
    my $order =
        $left =~ $number && $right =~ $number
      ? ( $left =~ /x/i ? hex $left : $left ) <=> ( $right =~ /x/i ? hex $right : $right )
      : $left cmp $right;
    my %holds = (
        '='  => $order == 0,
        '!=' => $order != 0,
        '<'  => $order < 0,
        '>'  => $order > 0,
        '<=' => $order <= 0,
        '>=' => $order >= 0,
    );
    return $holds{$operator} ? 2 : 0;
}

sub letter { return $LETTERS[ $_[0] ] }

sub side {
    my ( $expr, $world ) = @_;
    return $world->text( $expr->[1] ) if $expr->[0] eq 'sym';
    if ( $expr->[0] eq 'macro' ) {
        my $value = $world->macro( $expr->[1] );
        return defined $value ? $LETTERS[$value] : undef;
    }
    return $expr->[1] if !ref $expr->[1];
    my $value = value( $expr, $world );
    return defined $value ? $LETTERS[$value] : undef;
}

# As menuconfig writes it: each name with its value, if a world is given.
sub text {
    my ( $expr, $world, $outer ) = @_;
    my ( $kind, @rest ) = @$expr;
    return $rest[0]     if $kind eq 'const';
    return "\"$rest[0]\"" if $kind eq 'str';
    return $rest[0]     if $kind eq 'macro';
    if ( $kind eq 'sym' ) {
        return $rest[0] if !$world || !$world->knows( $rest[0] );
        my $value = $world->text( $rest[0] );
        return "$rest[0] [=" . ( $value eq '' ? 'n' : $value ) . ']';
    }
    return '!' . text( $rest[0], $world, 'not' ) if $kind eq 'not';
    my ( $operator, @sides ) = $kind eq 'compare' ? @rest : ( { and => '&&', or => '||' }->{$kind}, @rest );
    my $inside = join " $operator ", map { text( $_, $world, $kind ) } @sides;
    return $inside if !$outer || $outer eq $kind || $kind eq 'compare' && $outer ne 'not';
    return "($inside)";
}

1;
