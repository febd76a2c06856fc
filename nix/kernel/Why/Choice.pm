# SPDX-License-Identifier: MIT OR Apache-2.0
# Choices of Kconfig: of their members one alone can be y.
package Why::Choice;

use strict;
use warnings;

# Of what a whole .config has chosen, what somebody wants otherwise goes; the last line counts, as Kconfig itself has it.
sub settled {
    my ( $world, @wanted ) = @_;
    my %gone;
    for my $rivals ( rivals( $world, \@wanted, @wanted ) ) {
        my ( undef, @chosen ) = @$rivals;
        my $last = $chosen[-1];
        $gone{ $_->{name} } = 1 for grep { $_->{whole} && $_ != $last } @chosen;
    }
    return grep { !$gone{ $_->{name} } } @wanted;
}

# [ choice, wishes ] for each choice of which several members are to be y, one of `$concerned` among them.
sub rivals {
    my ( $world, $concerned, @wanted ) = @_;
    my %is_concerned = map { $_->{name} => 1 } @$concerned;
    my @rivals;
    for my $choice ( @{ $world->{choices} } ) {
        my %is_member = map { $_ => 1 } @{ $choice->{members} };
        my @chosen    = grep { $is_member{ $_->{name} } && $_->{value} eq 'y' } @wanted;
        push @rivals, [ $choice, @chosen ] if @chosen > 1 && grep { $is_concerned{ $_->{name} } } @chosen;
    }
    return @rivals;
}

# What is said of such a choice.
sub text {
    my ( $choice, @chosen ) = @_;
    my @ours   = map { $_->{name} } grep { !$_->{beside} } @chosen;
    my @others = map { $_->{name} } grep { $_->{beside} } @chosen;
    my $text   = 'error: ' . listed( @ours, @others ) . " were to be y, but of the $choice->{what}, $choice->{where}, only one can be\n";
    my $off    = join ' ', map { "$_=n" } @others;
    my $help   = @ours > 1 ? 'keep one of ' . listed(@ours) : "also set $off, or leave $ours[0] out";
    $help .= ", and also set $off" if @ours > 1 && @others;
    return "${text}help: $help\n\n";
}

# A comment in place of settings.
sub fragment {
    my ( undef, @chosen ) = @_;
    return '# ' . listed( map { $_->{name} } @chosen ) . " can't be had together\n";
}

sub listed {
    my @names = @_;
    my $last  = pop @names;
    return @names ? join( ', ', @names ) . " and $last" : $last;
}

1;
