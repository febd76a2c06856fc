# SPDX-License-Identifier: MIT OR Apache-2.0
# Builds as dkms(8) would by a driver's dkms.conf, which is a program for bash: only bash can read it.
# dkms.sh RELEASE KDIR FOLDER: writes the names of the modules that dkms.conf promises to FOLDER/dkms.order, and what it says
# to FOLDER/dkms.facts, a word and its value in each line.
kernelver=$1
kernel_source_dir=$2
folder=$3
dkms_tree=/var/lib/dkms
source_tree=/usr/src
arch=$(uname -m)

cd "$folder" || exit
. "$folder/dkms.conf"

# The folders that dkms would use are this one, and the headers.
localised() {
	local text=$1
	text=${text//"$dkms_tree/$PACKAGE_NAME/$PACKAGE_VERSION/build"/"$folder"}
	text=${text//"$source_tree/$PACKAGE_NAME-$PACKAGE_VERSION"/"$folder"}
	printf '%s' "$text"
}

run() {
	local command
	command=$(localised "$1")
	printf '+ %s\n' "$command"
	(cd "$folder" && eval "$command")
}

make=${MAKE[0]:-make -C $kernel_source_dir M=$folder}
for at in "${!MAKE_MATCH[@]}"; do
	if [[ $kernelver =~ ${MAKE_MATCH[at]} ]]; then
		make=${MAKE[at]}
	fi
done

fact() {
	[ -z "$2" ] || printf '%s %s\n' "$1" "$(localised "${2//$'\n'/ }")"
}

{
	fact package "$PACKAGE_NAME"
	fact version "$PACKAGE_VERSION"
	fact pre-build "$PRE_BUILD"
	fact make "$make"
	fact config "$BUILD_EXCLUSIVE_CONFIG"
	fact kernel-min "$BUILD_EXCLUSIVE_KERNEL_MIN"
	fact kernel-max "$BUILD_EXCLUSIVE_KERNEL_MAX"
	fact kernel "$BUILD_EXCLUSIVE_KERNEL"
	fact patch "${PATCH[*]}"
	fact by-kernel "${MAKE_MATCH[*]}"
	for one in i686 x86_64 aarch64 armv7l riscv64; do
		[ -z "$BUILD_EXCLUSIVE_ARCH" ] || ! [[ $one =~ $BUILD_EXCLUSIVE_ARCH ]] || fact arch "$one"
	done
	for at in "${!BUILT_MODULE_LOCATION[@]}"; do
		fact folder "${BUILT_MODULE_LOCATION[at]:-.}"
	done
} > dkms.facts

if [ -n "$PRE_BUILD" ]; then
	run "./$PRE_BUILD" || exit
fi
run "${make/#make/make KERNELRELEASE=$kernelver}" || exit

: "${BUILT_MODULE_NAME[0]:=$PACKAGE_NAME}"
for at in "${!BUILT_MODULE_NAME[@]}"; do
	module=${BUILT_MODULE_LOCATION[at]:-.}
	module=${module%/}/${BUILT_MODULE_NAME[at]}.ko
	if [ ! -f "$module" ]; then
		echo "dkms.conf: error: it names the module \`${module#./}\`, but its MAKE did not make it" >&2
		exit 1
	fi
	printf '%s\n' "${module#./}"
done > dkms.order
