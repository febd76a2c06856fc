# SPDX-License-Identifier: MIT OR Apache-2.0
# Reads a tree of Kconfig files, as Linux 5.10 to 7.3 write them, into symbols with all that is said of them.
#
# A symbol has `type`, `nodes` (its definitions) and `selected`, `implied` (by whom). A node has `where`, `prompt`, `needs`
# (a list of [ expression, why it holds here ]), `visible` (what hides the prompt alone), `defaults`, `ranges` and `choice`.
package Why::Kconfig;

use strict;
use warnings;

use Why::Expr;

my $TYPES = qr/bool|tristate|int|hex|string/;

sub read_tree {
    my ( $class, $tree, $arch, $srcarch ) = @_;
    my $self = bless {
        tree      => $tree,
        symbols   => {},
        choices   => [],
        variables => { ARCH => $arch, SRCARCH => $srcarch, srctree => $tree },
        # What encloses the line that is being read: { kind, needs, visible, choice }.
        blocks => [],
    }, $class;
    $self->read_file('Kconfig');
    $self->link_symbols();
    return $self;
}

sub read_file {
    my ( $self, $name ) = @_;
    my $path = $name =~ m{^/} ? $name : "$self->{tree}/$name";
    open my $file, '<', $path or die "$path can't be read: $!\n";
    my ( $entry, $help, $started );
    while ( my $line = <$file> ) {
        my $number = $.;
        chomp $line;
        while ( $line =~ s/\\$// ) {
            $line .= <$file> // '';
            chomp $line;
        }
        if ( defined $help ) {
            next if $line =~ /^\s*$/;
            my $depth = indentation($line);
            $help = $depth || 1 if !$started++;
            next if $depth >= $help;
            undef $help;
        }
        $line = without_comment($line);
        next if $line =~ /^\s*$/;
        if ( $line =~ /^\s*(?:---)?help(?:---)?\s*$/ ) {
            ( $help, $started ) = ( 0, 0 );
            next;
        }
        $entry = $self->read_line( $line, "$name:$number", $entry );
    }
    close $file;
    return;
}

sub indentation {
    my ($line) = @_;
    my $depth = 0;
    for my $letter ( split //, ( $line =~ /^(\s*)/ )[0] ) {
        $depth = $letter eq "\t" ? ( int( $depth / 8 ) + 1 ) * 8 : $depth + 1;
    }
    return $depth;
}

sub without_comment {
    my ($line) = @_;
    return $line if $line !~ /#/;
    $line =~ /^((?:[^#"'\\]|\\.|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*)#/ or return $line;
    return $1;
}

# One line, and the entry that the next line may belong to.
sub read_line {
    my ( $self, $line, $where, $entry ) = @_;
    if ( $line =~ /^\s*([A-Za-z0-9_-]+)\s*(:=|\+=|=)\s*(.*?)\s*$/ ) {
        $self->assign( $1, $2, $3 );
        return undef;
    }
    return $entry if $line =~ /^\s*\$\(/;
    my ( $word, $rest ) = $line =~ /^\s*([a-z_]+)\s*(.*?)\s*$/ or die "$where: `$line` is not understood\n";
    my $top = $self->{blocks}[-1];
    if ( $word eq 'config' || $word eq 'menuconfig' ) {
        return $self->start_symbol( $rest, $where );
    }
    if ( $word eq 'source' || $word eq 'rsource' ) {
        $self->read_sources( $rest, $where );
        return undef;
    }
    if ( $word eq 'if' && $line =~ /^\s*if\b/ ) {
        push @{ $self->{blocks} }, { kind => 'if', needs => [ [ $self->expression($rest), "if $where" ] ], visible => [] };
        return undef;
    }
    if ( $word eq 'menu' ) {
        push @{ $self->{blocks} }, { kind => 'menu', what => 'menu ' . quoted($rest), needs => [], visible => [] };
        return $self->{blocks}[-1];
    }
    if ( $word eq 'choice' ) {
        my $choice = { kind => 'choice', what => 'choice', where => $where, needs => [], visible => [], members => [] };
        $choice->{choice} = $choice;
        push @{ $self->{choices} }, $choice;
        push @{ $self->{blocks} },  $choice;
        return $choice;
    }
    if ( $word =~ /^end(?:if|menu|choice)$/ ) {
        die "$where: `$word` without a beginning\n" if !$top;
        pop @{ $self->{blocks} };
        return undef;
    }
    return { kind => $word, needs => [], visible => [] } if $word eq 'comment' || $word eq 'mainmenu';
    die "$where: `$line` belongs to nothing\n" if !$entry;
    $self->attribute( $entry, $word, $rest, $where );
    return $entry;
}

sub start_symbol {
    my ( $self, $name, $where ) = @_;
    my @blocks = @{ $self->{blocks} };
    my ($choice) = grep { $_->{kind} eq 'choice' } reverse @blocks;
    my $node = {
        kind     => 'config',
        name     => $name,
        where    => $where,
        blocks   => \@blocks,
        needs    => [],
        visible  => [],
        defaults => [],
        ranges   => [],
        selects  => [],
        implies  => [],
        choice   => $choice,
    };
    push @{ $self->{symbols}{$name}{nodes} }, $node;
    push @{ $choice->{members} }, $name if $choice;
    return $node;
}

sub attribute {
    my ( $self, $entry, $word, $rest, $where ) = @_;
    if ( $word =~ /^(?:def_)?($TYPES)$/ ) {
        my $type = $1;
        $self->{symbols}{ $entry->{name} }{type} //= $type if $entry->{name};
        if ( $word =~ /^def_/ ) {
            push @{ $entry->{defaults} }, [ $self->with_condition($rest), $where ];
            return;
        }
        return if $rest eq '';
        $word = 'prompt';
    }
    if ( $word eq 'prompt' ) {
        my ( $text, $condition ) = $rest =~ /^("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S+)\s*(?:if\s+(.*))?$/;
        $entry->{prompt} = quoted( $text // $rest );
        $entry->{what}   = "choice $entry->{prompt}" if $entry->{kind} eq 'choice';
        push @{ $entry->{visible} }, [ $self->expression($condition), "the prompt at $where" ] if defined $condition;
    }
    elsif ( $word eq 'default' ) {
        push @{ $entry->{defaults} }, [ $self->with_condition($rest), $where ];
    }
    elsif ( $word eq 'depends' ) {
        ( my $text = $rest ) =~ s/^on\s+//;
        my ( $expr, $condition ) = $self->with_condition($text);
        # "depends on X if Y" holds where Y is n.
        $expr = [ 'or', $expr, [ 'compare', '=', $condition, [ 'const', 'n' ] ] ] if $condition;
        push @{ $entry->{needs} }, [ $expr, "depends on, $where" ];
    }
    elsif ( $word eq 'select' || $word eq 'imply' ) {
        my ( $name, $condition ) = $rest =~ /^(\S+)\s*(?:if\s+(.*))?$/;
        my $list = $word eq 'select' ? 'selects' : 'implies';
        push @{ $entry->{$list} }, [ $name, defined $condition ? $self->expression($condition) : undef, $where ];
    }
    elsif ( $word eq 'range' ) {
        my ( $low, $high, $condition ) = $rest =~ /^(\S+)\s+(\S+)\s*(?:if\s+(.*))?$/;
        push @{ $entry->{ranges} },
          [ ( map { Why::Expr::parse($_) } $low, $high ), defined $condition ? $self->expression($condition) : undef, $where ];
    }
    elsif ( $word eq 'visible' ) {
        ( my $text = $rest ) =~ s/^if\s+//;
        push @{ $entry->{visible} }, [ $self->expression($text), "visible if, $where" ];
    }
    elsif ( $word !~ /^(?:option|optional|modules|transitional)$/ ) {
        die "$where: `$word` is not understood\n";
    }
    return;
}

# A value and the condition behind its "if".
sub with_condition {
    my ( $self, $text ) = @_;
    my @words = Why::Expr::words( $self->plain($text) );
    my ($at) = grep { $words[$_][0] eq 'word' && $words[$_][1] eq 'if' } 0 .. $#words;
    return ( from_words(@words), undef ) if !defined $at;
    return ( from_words( @words[ 0 .. $at - 1 ] ), from_words( @words[ $at + 1 .. $#words ] ) );
}

sub expression {
    my ( $self, $text ) = @_;
    return from_words( Why::Expr::words( $self->plain($text) ) );
}

sub from_words {
    my @words    = @_;
    my $position = 0;
    my $expr     = Why::Expr::parse_or( \@words, \$position );
    die "more than an expression\n" if $position < @words;
    return $expr;
}

sub quoted {
    my ($text) = @_;
    $text =~ s/^(["'])(.*)\1$/$2/;
    return "\"$text\"";
}

sub assign {
    my ( $self, $name, $operator, $value ) = @_;
    my $old = $self->{variables}{$name};
    $self->{variables}{$name} = $operator eq '+=' && defined $old ? "$old $value" : $value;
    return;
}

# Variables whose value is plain are replaced; what asks a program stays as it is written.
sub plain {
    my ( $self, $text ) = @_;
    my $variables = $self->{variables};
    $text =~ s/(\$\(([A-Za-z0-9_-]+)\))/my $value = $variables->{$2};
        defined $value && index( $value, '$(' ) < 0 ? $value : $1/ge;
    return $text;
}

sub read_sources {
    my ( $self, $rest, $where ) = @_;
    ( my $name = quoted( $self->plain($rest) ) ) =~ tr/"//d;
    if ( $name =~ /\$\(/ ) {
        push @{ $self->{unread} }, "$where: $name";
        return;
    }
    if ( $name =~ /[*?\[]/ ) {
        for my $path ( sort glob "$self->{tree}/$name" ) {
            $self->read_file( substr $path, length("$self->{tree}/") );
        }
        return;
    }
    $self->read_file($name);
    return;
}

# What blocks say is said of all that is in them; and who selects whom.
sub link_symbols {
    my ($self) = @_;
    for my $choice ( @{ $self->{choices} } ) {
        # A choice that can't be seen can't be made.
        push @{ $choice->{needs} }, @{ $choice->{visible} };
        $choice->{visible} = [];
    }
    for my $name ( sort keys %{ $self->{symbols} } ) {
        for my $node ( @{ $self->{symbols}{$name}{nodes} } ) {
            for my $block ( @{ $node->{blocks} } ) {
                my $what = $block->{what} // 'if';
                unshift @{ $node->{needs} },   map { [ $_->[0], $what eq 'if' ? $_->[1] : "$what: $_->[1]" ] } @{ $block->{needs} };
                unshift @{ $node->{visible} }, map { [ $_->[0], "$what: $_->[1]" ] } @{ $block->{visible} };
            }
            for my $list ( [ 'selects', 'selected' ], [ 'implies', 'implied' ] ) {
                for my $target ( @{ $node->{ $list->[0] } } ) {
                    my ( $other, $condition, $where ) = @$target;
                    next if !$self->{symbols}{$other};
                    push @{ $self->{symbols}{$other}{ $list->[1] } },
                      { by => $name, condition => $condition, where => $where, node => $node };
                }
            }
        }
    }
    return;
}

1;
