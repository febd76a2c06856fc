# SPDX-License-Identifier: MIT OR Apache-2.0
# What is said of one option that did not take: text for people, or a fragment of a .config that mends it.
package Why::Told;

use strict;
use warnings;

use Why::Expr;
use Why::Near;
use Why::Reason;

my $DEEPEST    = 7;
my $MOST_LINES = 6;

# Whoever needs more than that wants another kernel.
my $MOST_SETTINGS = 16;

sub new {
    my ( $class, $world ) = @_;
    return bless { world => $world, reason => Why::Reason->new($world) }, $class;
}

sub text {
    my ( $self, $wish ) = @_;
    my ( $name, $wanted ) = @$wish{qw(name value)};
    my $world = $self->{world};
    my $title = "error: $name was to be $wanted";
    return "$title, but this kernel has no such option\n" . Why::Near::hint( $world, $name ) . "\n" if !$world->knows($name);
    my $got  = $world->is_written($name) ? $world->text($name) : undef;
    my $now  = defined $got ? "is $got" : $world->is_empty() ? q(can't be) : 'is off';
    my $text = "$title, but $now\n";
    my $type = $world->type($name);
    my $misfit = misfit( $type, $wanted );
    return $text . "  it is of type $type, $misfit\nhelp: " . remedy_of( $type, $wanted, $name ) . "\n\n" if $misfit;
    my $reason = $self->why($wish);
    $text .= told( $reason->{lines}, 1 );
    return $text . $self->advice( $wish, $reason ) . "\n";
}

# The settings alone, with the option itself.
sub fragment {
    my ( $self, $wish ) = @_;
    my ( $name, $wanted ) = @$wish{qw(name value)};
    my $world = $self->{world};
    return "# $name can't be had\n" if !$world->knows($name) || misfit( $world->type($name), $wanted );
    my $reason = $self->why($wish);
    return "# $name can't be had\n" if !$reason->{possible};
    my %set = ( %{ $reason->{set} }, $name => $wanted );
    return join '', map { line( $world, $_, $set{$_} ) } sort keys %set;
}

sub line {
    my ( $world, $name, $value ) = @_;
    return "# CONFIG_$name is not set\n" if $value eq 'n';
    $value = '"' . ( $value =~ s/(["\\])/\\$1/gr ) . '"' if $world->type($name) eq 'string';
    return "CONFIG_$name=$value\n";
}

sub misfit {
    my ( $type, $wanted ) = @_;
    my %fits = (
        bool     => qr/^[yn]$/,
        tristate => qr/^[ymn]$/,
        int      => qr/^(?:-?\d+|n)$/,
        hex      => qr/^(?:(?:0x)?[0-9a-f]+|n)$/i,
    );
    return if !$fits{$type} || $wanted =~ $fits{$type};
    my %takes = (
        bool     => 'which is y or n' . ( $wanted eq 'm' ? ', and never a module' : '' ),
        tristate => 'which is y, m or n',
        int      => 'which is a number',
        hex      => 'which is a number such as 0x1f',
    );
    return $takes{$type};
}

# Whether no configuration at all can have the value.
sub unfit {
    my ( $world, $wish ) = @_;
    my ( $name, $wanted ) = @$wish{qw(name value)};
    return 0 if !$world->knows($name);
    return 1 if misfit( $world->type($name), $wanted );
    return 0 if $world->type($name) !~ /^(?:int|hex)$/ || $wanted eq 'n';
    for my $node ( @{ $world->symbol($name)->{nodes} } ) {
        return 1 if grep { !$_->[2] && !in_range( $world, $_, $wanted ) } @{ $node->{ranges} };
    }
    return 0;
}

# A bound that is not known holds.
sub in_range {
    my ( $world, $range, $wanted ) = @_;
    my ( $low, $high ) = @$range;
    my $value = [ 'str', $wanted ];
    return 2 == grep { ( Why::Expr::compare( $world, @$_ ) // 2 ) == 2 } [ '>=', $value, $low ], [ '<=', $value, $high ];
}

sub remedy_of {
    my ( $type, $wanted, $name ) = @_;
    return "set $name=y, or leave it out" if $type eq 'bool' && $wanted eq 'm';
    return "give $name such a value";
}

sub why {
    my ( $self, $wish ) = @_;
    my ( $name, $wanted ) = @$wish{qw(name value)};
    my ( $world, $reason ) = @$self{qw(world reason)};
    if ( $world->type($name) =~ /^(?:bool|tristate)$/ ) {
        my $level = { n => 0, m => 1, y => 2 }->{$wanted};
        my $now   = $world->tristate($name);
        return $reason->lower( $name, $level ) if $now > $level;
        return $reason->satisfy( [ 'and', [ 'sym', 'MODULES' ], [ 'sym', $name ] ], 1 ) if $level == 1;
        return $reason->raise( $name, $level );
    }
    return $self->why_value( $name, $wanted );
}

# Numbers and texts: their prompt has to be there, and a number has to be in its range.
sub why_value {
    my ( $self, $name, $wanted ) = @_;
    my ( $world, $reason ) = @$self{qw(world reason)};
    my @nodes = grep { defined $_->{prompt} } @{ $world->symbol($name)->{nodes} };
    return $self->why_computed( $name, $wanted ) if !@nodes;
    for my $range ( map { @{ $_->{ranges} } } @nodes ) {
        my ( $low, $high, $condition ) = @$range;
        next if $condition && !Why::Expr::value( $condition, $world );
        my ( $least, $most ) = map { Why::Expr::side( $_, $world ) } $low, $high;
        my $refused = Why::Reason::impossible( ["it has to be from $least to $most, $range->[3]"] );
        return { %$refused, help => 'give it such a value' } if !in_range( $world, $range, $wanted );
        last;
    }
    my @ways = map { $reason->conditions( $_, 1, 1 ) } @nodes;
    my $any  = Why::Reason::any( 'one of these is enough:', @ways );
    return { %$any, set => { %{ $any->{set} }, $name => $wanted } };
}

# The kernel computes it itself, of other options that can perhaps be set.
sub why_computed {
    my ( $self, $name, $wanted ) = @_;
    my ( $world, $reason ) = @$self{qw(world reason)};
    my @ways;
    for my $node ( @{ $world->symbol($name)->{nodes} } ) {
        for my $default ( @{ $node->{defaults} } ) {
            my ( $value, $condition, $where ) = @$default;
            next if !$condition || ( Why::Expr::side( $value, $world ) // '' ) ne $wanted;
            my $way = $reason->satisfy( $condition, 1 );
            my $text = "it is $wanted if " . Why::Expr::text( $condition, $world ) . ", $where";
            push @ways, { %$way, lines => [ [ $text, @{ $way->{lines} } ] ] };
        }
    }
    my $any = @ways ? Why::Reason::any( 'one of these is enough:', @ways ) : Why::Reason::impossible();
    return { %$any, lines => [ ['it has no prompt: the kernel computes it itself'], @{ $any->{lines} } ] };
}

sub told {
    my ( $lines, $depth ) = @_;
    my $indent = '  ' x $depth;
    my $text   = '';
    my $left   = $MOST_LINES;
    for my $line (@$lines) {
        my ( $first, @deeper ) = @$line;
        if ( $left-- == 0 ) {
            $text .= $indent . 'and ' . ( @$lines - $MOST_LINES ) . " more\n";
            last;
        }
        $text .= "$indent$first\n";
        $text .= told( \@deeper, $depth + 1 ) if $depth < $DEEPEST;
    }
    return $text;
}

sub advice {
    my ( $self, $wish, $reason ) = @_;
    my ( $name, $wanted ) = @$wish{qw(name value)};
    return "help: $reason->{help}\n" if $reason->{help};
    if ( !$reason->{possible} ) {
        return "help: leave it out; nothing that can be set gives it that value\n";
    }
    my %set = %{ $reason->{set} };
    delete $set{$name};
    my @unsure = @{ $reason->{unsure} };
    my $compiler = @unsure ? "; the compiler has to agree to $unsure[0]" : '';
    if ( !%set ) {
        return "help: a compiler that agrees to $unsure[0] is needed\n" if @unsure;
        return "help: nothing stands against it: set $name=$wanted where the configuration is made\n";
    }
    my @settings = map { "$_=$set{$_}" } sort keys %set;
    return 'help: leave it out; that takes ' . @settings . " other settings, such as @settings[0..2]\n"
      if @settings > $MOST_SETTINGS;
    return "help: also set @settings$compiler\n";
}

1;
