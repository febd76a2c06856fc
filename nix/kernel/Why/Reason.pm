# SPDX-License-Identifier: MIT OR Apache-2.0
# What keeps an option from a value, and the cheapest settings that would let it have it.
#
# A reason is { possible, cost, set => { NAME => letter }, unsure => [ macros ], lines => [ [ text, deeper lines ] ] }.
package Why::Reason;

use strict;
use warnings;

use Why::Expr;

my $DEEPEST = 12;

# Some trees of alternatives are too large to be walked through.
my $MOST_QUESTIONS = 30_000;

# What people would rather not set for the sake of something else.
my %DEAR = ( COMPILE_TEST => 40, BROKEN => 80, STAGING => 8, EXPERT => 4, EMBEDDED => 6, KUNIT => 10 );

my $COST_OF_OFF      = 3;
my $COST_OF_COMPILER = 25;

sub new {
    my ( $class, $world ) = @_;
    return bless { world => $world, known => {}, under_way => {}, depth => 0, questions => 0, circles => 0 }, $class;
}

sub met { return { possible => 1, cost => 0, set => {}, unsure => [], lines => [] } }

sub impossible {
    my (@lines) = @_;
    return { possible => 0, cost => 1000, set => {}, unsure => [], lines => [@lines] };
}

sub both {
    my @reasons = @_;
    my %all     = %{ met() };
    $all{lines}  = [ map { @{ $_->{lines} } } @reasons ];
    $all{unsure} = [ map { @{ $_->{unsure} } } @reasons ];
    for my $reason (@reasons) {
        $all{possible} &&= $reason->{possible};
        $all{cost} += $reason->{cost};
        for my $name ( keys %{ $reason->{set} } ) {
            my ( $old, $new ) = ( $all{set}{$name}, $reason->{set}{$name} );
            my $is_clash = defined $old && $old ne $new && ( $old eq 'n' || $new eq 'n' );
            $all{possible} = 0 if $is_clash;
            push @{ $all{lines} }, ["$name would have to be $old and $new at once"] if $is_clash;
            $all{set}{$name} = defined $old && $old eq 'y' ? $old : $new;
        }
    }
    return \%all;
}

# One of several ways is enough: the cheapest counts, but all are told.
sub any {
    my ( $title, @ways ) = @_;
    return impossible() if !@ways;
    my ($best) = sort { $b->{possible} <=> $a->{possible} || $a->{cost} <=> $b->{cost} } @ways;
    return $best if @ways == 1;
    my @told   = sort { $b->{possible} <=> $a->{possible} || $a->{cost} <=> $b->{cost} } grep { @{ $_->{lines} } } @ways;
    my %chosen = ( %$best, lines => [ [ $title, map { @{ $_->{lines} } } @told ] ] );
    return \%chosen;
}

# Why an expression is less than `$need`.
sub satisfy {
    my ( $self, $expr, $need ) = @_;
    my $world = $self->{world};
    my $value = Why::Expr::value( $expr, $world );
    return met() if defined $value && $value >= $need;
    my ( $kind, @rest ) = @$expr;
    return both( map { $self->satisfy( $_, $need ) } @rest ) if $kind eq 'and';
    return any( 'one of these is needed:', map { $self->satisfy( $_, $need ) } flat( 'or', $expr ) ) if $kind eq 'or';
    return $self->deny( $rest[0], 2 - $need ) if $kind eq 'not';
    return $self->raise( $rest[0], $need )    if $kind eq 'sym';
    return $self->compared($expr)             if $kind eq 'compare';
    return asked( $rest[0], $value )          if $kind eq 'macro';
    return impossible( [ $value ? 'it can be a module at most' : "a plain `$rest[0]` stands there: nobody can have it" ] );
}

# Why an expression is more than `$most`.
sub deny {
    my ( $self, $expr, $most ) = @_;
    my $value = Why::Expr::value( $expr, $self->{world} );
    return met() if defined $value && $value <= $most;
    my ( $kind, @rest ) = @$expr;
    return both( map { $self->deny( $_, $most ) } @rest ) if $kind eq 'or';
    return any( 'one of these has to be off:', map { $self->deny( $_, $most ) } flat( 'and', $expr ) ) if $kind eq 'and';
    return $self->satisfy( $rest[0], 2 - $most ) if $kind eq 'not';
    return $self->lower( $rest[0], $most )       if $kind eq 'sym';
    return asked( $rest[0], $value )             if $kind eq 'macro';
    return impossible( ['it always is'] )        if $kind ne 'compare';
    my %opposite = ( '=' => '!=', '!=' => '=', '<' => '>=', '>=' => '<', '>' => '<=', '<=' => '>' );
    return $self->compared( [ 'compare', $opposite{ $rest[0] }, @rest[ 1, 2 ] ] );
}

sub flat {
    my ( $kind, $expr ) = @_;
    return $expr->[0] eq $kind ? map { flat( $kind, $_ ) } @$expr[ 1, 2 ] : ($expr);
}

sub asked {
    my ( $text, $value ) = @_;
    return impossible( ["the compiler has no $text"] ) if defined $value;
    return { %{ met() }, cost => $COST_OF_COMPILER, unsure => [$text], lines => [ ["it asks the compiler: $text"] ] };
}

sub compared {
    my ( $self, $expr ) = @_;
    my ( undef, $operator, $left, $right ) = @$expr;
    my $world = $self->{world};
    if ( ref $left->[1] && $operator eq '=' && $right->[1] eq 'n' ) {
        my $reason = $self->deny( $left, 0 );
        return { %$reason, lines => [ [ 'off would do: ' . Why::Expr::text( $left, $world ), @{ $reason->{lines} } ] ] };
    }
    ( $left, $right ) = ( $right, $left ) if $left->[0] ne 'sym' || !$world->knows( $left->[1] );
    my $line = [ Why::Expr::text( $expr, $world ) . ' does not hold', map { [$_] } $self->computed($left) ];
    return impossible($line) if $left->[0] ne 'sym' || !$world->knows( $left->[1] ) || $operator !~ /^!?=$/;
    my $name  = $left->[1];
    my $other = Why::Expr::side( $right, $world );
    my $level = { n => 0, m => 1, y => 2 }->{ $other // '' };
    if ( !defined $level ) {
        my ($node) = grep { defined $_->{prompt} } @{ $world->symbol($name)->{nodes} };
        return impossible($line) if !$node || !defined $other || $operator eq '!=';
        return { %{ met() }, cost => 1, set => { $name => $other }, lines => [$line] };
    }
    my $now = $world->tristate($name);
    return $now < $level ? $self->raise( $name, $level ) : $self->lower( $name, $level ) if $operator eq '=';
    return $level == 0 ? $self->raise( $name, 1 ) : $self->lower( $name, $level - 1 );
}

# Versions of tools are options without a prompt, whose default is a program's answer.
sub computed {
    my ( $self, $side ) = @_;
    my $symbol = $side->[0] eq 'sym' && $self->{world}->symbol( $side->[1] ) or return;
    my ($node) = @{ $symbol->{nodes} };
    my ($asks) = grep { $_->[0][0] eq 'macro' } @{ $node->{defaults} };
    return if defined $node->{prompt} || !$asks;
    return "$side->[1] is what a program of the build says: $asks->[0][1]";
}

# Remembers answers, and ends where an answer would need itself.
sub once {
    my ( $self, $what, $answer ) = @_;
    return $self->{known}{$what} if $self->{known}{$what};
    if ( $self->{under_way}{$what} || $self->{depth} >= $DEEPEST || $self->{questions}++ > $MOST_QUESTIONS ) {
        $self->{circles}++;
        return impossible();
    }
    my $circles = $self->{circles};
    local $self->{under_way}{$what} = 1;
    local $self->{depth} = $self->{depth} + 1;
    my $reason = $answer->();

    # An answer that was cut short is right here alone.
    $self->{known}{$what} = $reason if $reason->{possible} || $circles == $self->{circles};
    return $reason;
}

# Why an option is less than `$need`: 1 is m, 2 is y.
sub raise {
    my ( $self, $name, $need ) = @_;
    my $world = $self->{world};
    return impossible( ["$name is no option of this kernel for $world->{arch}"] ) if !$world->knows($name);
    return met() if $world->tristate($name) >= $need;
    return $self->once( "raise $name $need", sub { $self->raise_now( $name, $need ) } );
}

sub raise_now {
    my ( $self, $name, $need ) = @_;
    my $world    = $self->{world};
    my $symbol   = $world->symbol($name);
    my $is_bool  = $world->type($name) eq 'bool';
    my $level    = $is_bool ? 1 : $need;
    my $letter   = $is_bool || $need == 2 ? 'y' : 'm';
    my $title    = "$name is " . Why::Expr::letter( $world->tristate($name) ) . ': ' . describe( $world, $name );
    my $prompted = [ grep { defined $_->{prompt} } @{ $symbol->{nodes} } ];
    if (@$prompted) {
        my $set = { %{ met() }, cost => 1 + ( $DEAR{$name} // 0 ), set => { $name => $letter } };
        my @ways = map { both( $set, $self->conditions( $_, $level, 1 ) ) } @$prompted;
        my $reason = any( 'it is defined in several places; one of them is enough:', @ways );
        return { %$reason, lines => [ [ $title, @{ $reason->{lines} } ] ] } if $reason->{possible};
        my @others = $self->indirect( $name, $level );
        my $other  = any( 'others can turn it on:', @others );
        return { %$other, cost => $other->{cost} + 2, lines => [ [ $title, @{ $reason->{lines} }, @{ $other->{lines} } ] ] }
          if $other->{possible};
        return { %$reason, lines => [ [ $title, @{ $reason->{lines} } ] ] };
    }
    my @ways   = $self->indirect( $name, $level );
    my $reason = any( 'any of these would turn it on:', @ways );
    my @lines  = @ways ? @{ $reason->{lines} } : ['nothing selects it, and it has no default'];
    return { %$reason, cost => $reason->{cost} + 2, lines => [ [ $title, map { ref $_ ? $_ : [$_] } @lines ] ] };
}

# The ways around a prompt: being selected, and defaults of an option that nobody is asked about.
sub indirect {
    my ( $self, $name, $level ) = @_;
    my $symbol = $self->{world}->symbol($name);
    my @ways;
    for my $selector ( @{ $symbol->{selected} || [] } ) {
        my @parts = $self->raise( $selector->{by}, $level );
        push @parts, $self->satisfy( $selector->{condition}, $level ) if $selector->{condition};
        push @ways, both(@parts);
    }
    for my $node ( grep { !defined $_->{prompt} } @{ $symbol->{nodes} } ) {
        for my $imply ( @{ $symbol->{implied} || [] } ) {
            my @parts = ( $self->conditions( $node, $level, 0 ), $self->raise( $imply->{by}, $level ) );
            push @parts, $self->satisfy( $imply->{condition}, $level ) if $imply->{condition};
            push @ways, both(@parts);
        }
        for my $default ( @{ $node->{defaults} } ) {
            my ( $value, $condition ) = @$default;
            my @parts = ( $self->conditions( $node, $level, 0 ), $self->satisfy( $value, $level ) );
            push @parts, $self->satisfy( $condition, $level ) if $condition;
            push @ways, both(@parts);
        }
    }
    return @ways;
}

# What a definition needs, each condition with its place and what is unmet of it.
sub conditions {
    my ( $self, $node, $level, $with_prompt ) = @_;
    my $world = $self->{world};
    my @reasons;
    for my $condition ( @{ $node->{needs} }, $with_prompt ? @{ $node->{visible} } : () ) {
        my ( $expr, $where ) = @$condition;
        my $reason = $self->satisfy( $expr, $level );
        next if !@{ $reason->{lines} } && $reason->{possible};
        my $line = [ "$where: " . Why::Expr::text( $expr, $world ), @{ $reason->{lines} } ];
        push @reasons, { %$reason, lines => [$line] };
    }
    return both(@reasons);
}

# Why an option is more than `$most`: 0 is n, 1 is m.
sub lower {
    my ( $self, $name, $most ) = @_;
    my $world = $self->{world};
    return met() if !$world->knows($name) || $world->tristate($name) <= $most;
    return $self->once( "lower $name $most", sub { $self->lower_now( $name, $most ) } );
}

sub lower_now {
    my ( $self, $name, $most ) = @_;
    my $world  = $self->{world};
    my $symbol = $world->symbol($name);
    my $title  = "$name is " . Why::Expr::letter( $world->tristate($name) ) . ': ' . describe( $world, $name );
    my @reasons;
    for my $selector ( @{ $symbol->{selected} || [] } ) {
        my $by        = [ 'sym', $selector->{by} ];
        my $condition = $selector->{condition} ? [ 'and', $by, $selector->{condition} ] : $by;
        my $reason    = $self->deny( $condition, $most );
        next if $reason->{possible} && !@{ $reason->{lines} };
        my $text = "$selector->{by} selects it, $selector->{where}";
        $text .= ', if ' . Why::Expr::text( $selector->{condition}, $world ) if $selector->{condition};
        push @reasons, { %$reason, lines => [ [ $text, $reason->{possible} ? () : @{ $reason->{lines} } ] ] };
    }
    my ($prompted) = grep { defined $_->{prompt} } @{ $symbol->{nodes} };
    if ( !$prompted ) {
        push @reasons, impossible( ['it has no prompt, and is so by default'] ) if !@reasons;
    }
    elsif ( $prompted->{choice} ) {
        push @reasons, $self->other_member( $prompted->{choice}, $name );
    }
    else {
        my $letter = $world->type($name) eq 'bool' ? 'n' : Why::Expr::letter($most);

        # Where a prompt is hidden, its default holds, until it can be seen.
        my $off = { %{ met() }, cost => $COST_OF_OFF, set => { $name => $letter } };
        push @reasons, both( $self->conditions( $prompted, 1, 1 ), $off );
    }
    my $all = both(@reasons);
    return { %$all, lines => [ [ $title, @{ $all->{lines} } ] ] };
}

# A choice always has a member that is chosen, so one goes by another's coming.
sub other_member {
    my ( $self, $choice, $name ) = @_;
    my @ways;
    for my $other ( grep { $_ ne $name } @{ $choice->{members} } ) {
        my ($node) = @{ $self->{world}->symbol($other)->{nodes} };
        my $reason = $self->conditions( $node, 1, 1 );
        push @ways, both( $reason, { %{ met() }, cost => 1, set => { $other => 'y' } } ) if $reason->{possible};
    }
    return impossible( ["it is all that there is to choose in the $choice->{what}"] ) if !@ways;
    my ($best) = sort { $a->{cost} <=> $b->{cost} } @ways;
    return { %$best, lines => [ [ "it is what is chosen in the $choice->{what}", @{ $best->{lines} } ] ] };
}

sub describe {
    my ( $world, $name ) = @_;
    my @nodes = @{ $world->symbol($name)->{nodes} };
    my ($node) = ( grep( { defined $_->{prompt} } @nodes ), @nodes );
    my $said = $node->{prompt} // 'without a prompt';
    $said .= ", in the $node->{choice}{what}" if $node->{choice};
    return $world->type($name) . " $said, $node->{where}";
}

1;
