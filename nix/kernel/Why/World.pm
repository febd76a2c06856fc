# SPDX-License-Identifier: MIT OR Apache-2.0
# A kernel's options as they are: a tree's Kconfig together with a .config that was made of it.
package Why::World;

use strict;
use warnings;

use Why::Expr;
use Why::Kconfig;

my %NUMBERS = ( n => 0, m => 1, y => 2 );

# An ARCH whose folder has another name.
my %FOLDERS = ( x86_64 => 'x86', i386 => 'x86', sparc64 => 'sparc', sparc32 => 'sparc', parisc64 => 'parisc' );

sub new {
    my ( $class, $tree, $config, $arch ) = @_;
    my ( $values, $made_for ) = read_config($config);
    $arch //= ( $made_for // 'x86' ) eq 'x86' ? ( ( $values->{'64BIT'} // 'y' ) eq 'y' ? 'x86_64' : 'i386' ) : $made_for;
    my $kconfig = Why::Kconfig->read_tree( $tree, $arch, $FOLDERS{$arch} // $arch );
    my $self    = bless {
        tree    => $tree,
        arch    => $arch,
        symbols => $kconfig->{symbols},
        choices => $kconfig->{choices},
        values  => $values,
        macros  => {},
    }, $class;
    $self->learn_macros();
    return $self;
}

# Values by name, and the architecture that the first lines name.
sub read_config {
    my ($path) = @_;
    open my $file, '<', $path or die "$path can't be read: $!\n";
    my ( %values, $arch );
    while ( my $line = <$file> ) {
        chomp $line;
        $arch //= $1 if $line =~ m{^# Linux/(\w+) };
        my ( $name, $value ) = setting($line) or next;
        $values{$name} = $value;
    }
    close $file;
    return ( \%values, $arch );
}

# A line of a .config as name and value, without quotation marks.
sub setting {
    my ($line) = @_;
    return ( $1, 'n' ) if $line =~ /^# CONFIG_(\w+) is not set\s*$/;
    return ( $1, unquoted($2) ) if $line =~ /^CONFIG_(\w+)=(.*?)\s*$/;
    return;
}

sub unquoted {
    my ($value) = @_;
    return $value if $value !~ /^"(.*)"$/s;
    ( my $plain = $1 ) =~ s/\\([\\"])/$1/g;
    return $plain;
}

sub symbol {
    my ( $self, $name ) = @_;
    return $self->{symbols}{$name};
}

sub knows {
    my ( $self, $name ) = @_;
    return defined $self->{symbols}{$name};
}

# Whether people are asked about it at all. What this kernel does not know, somebody wanted.
sub is_asked {
    my ( $self, $name ) = @_;
    my $symbol = $self->symbol($name) or return 1;
    return scalar grep { defined $_->{prompt} } @{ $symbol->{nodes} };
}

sub type {
    my ( $self, $name ) = @_;
    return $self->{symbols}{$name}{type} // 'unknown';
}

# There is no .config yet.
sub is_empty {
    my ($self) = @_;
    return !%{ $self->{values} };
}

# A .config names every symbol that is visible, so that one that is not in it is off.
sub is_written {
    my ( $self, $name ) = @_;
    return defined $self->{values}{$name};
}

sub tristate {
    my ( $self, $name ) = @_;
    return 0 if !$self->knows($name);
    return $NUMBERS{ $self->{values}{$name} // 'n' } // 0;
}

# A name that nothing defines is a text, such as the 64 in "BITS = 64".
sub text {
    my ( $self, $name ) = @_;
    return $name if !$self->knows($name);
    my $value = $self->{values}{$name};
    return $value if defined $value;
    return $self->type($name) =~ /^(?:bool|tristate)$/ ? 'n' : '';
}

sub macro {
    my ( $self, $text ) = @_;
    return $self->{macros}{$text};
}

# What a program answered can be read off an option that is nothing but that answer, and off one that is there only with it.
sub learn_macros {
    my ($self) = @_;
    for my $name ( sort keys %{ $self->{symbols} } ) {
        my $symbol = $self->{symbols}{$name};
        next if @{ $symbol->{nodes} } != 1 || $symbol->{selected};
        my $node = $symbol->{nodes}[0];
        if ( $self->is_written($name) ) {
            for my $part ( map { Why::Expr::conjuncts( $_->[0] ) } @{ $node->{needs} } ) {
                $self->{macros}{ $part->[1] } = 2 if $part->[0] eq 'macro';
            }
        }
        next if defined $node->{prompt} || @{ $node->{defaults} } != 1;
        my ( $value, $condition ) = @{ $node->{defaults}[0] };
        next if $value->[0] ne 'macro' || $condition || $self->type($name) ne 'bool';
        my $reachable = grep { ( Why::Expr::value( $_->[0], $self ) // 0 ) > 0 } @{ $node->{needs} };
        $self->{macros}{ $value->[1] } //= $self->tristate($name) if $reachable == @{ $node->{needs} };
    }
    return;
}

# Whether an option has the value that was wanted.
sub has {
    my ( $self, $name, $wanted ) = @_;
    my $got = $self->{values}{$name};
    return $wanted eq 'n' if !defined $got;
    return canonical($got) eq canonical($wanted);
}

sub canonical {
    my ($value) = @_;
    return $value =~ /^0x[0-9a-f]+$/i ? lc( $value =~ s/^0x0*(?=.)/0x/ir ) : $value;
}

1;
